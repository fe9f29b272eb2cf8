import type * as Y from 'yjs'
import { connectSocket, type RoomSocket } from '../../../client/net/socket.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { Client, line, type CanvasClient } from '../../support/clients.ts'
import { answerParent } from '../../support/helper-process.ts'
import { monotonic } from '../../support/monotonic.ts'
import { isStored } from '../../support/stored-state.ts'

const OPEN_AT_ONCE = 10
const STROKE_EVERY_MS = 250
const WITHIN_MS = 60_000
const LOOK_EVERY_MS = 50
const FIRST_FINAL_CODE = 4_000

/** One person at the page: its socket, which comes back by itself and joins again. */
interface Returning {
  readonly client: Client
  readonly socket: RoomSocket
  readonly canvasId: string | null
  joinedAt: number
}

export interface Drawn {
  readonly path: string
  readonly strokeIds: readonly string[]
}

const people: Returning[] = []
const canvases: { readonly path: string; readonly canvas: CanvasClient; readonly strokeIds: string[] }[] = []
let projectId = ''
let pen: NodeJS.Timeout | null = null

export const handlers = {
  /** A room for so many people, some of whom have their own canvas open. */
  async come({ url, count, drawing }: { url: string; count: number; drawing: number }): Promise<void> {
    const owner = await Client.arrive(url, 'Owner')
    const { project, codes } = await owner.create('empty', ['one', 'two'])
    projectId = project.id
    const waiting = Array.from({ length: count }, (_, i) => `Client ${String(i)}`)
    const arrive = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const client = await Client.arrive(url, name)
        await client.joinByCode(codes.editor)
        people.push(await enter(client))
      }
    }
    await Promise.all(Array.from({ length: OPEN_AT_ONCE }, arrive))
    for (const { client, canvasId } of people) {
      if (canvasId === null || canvases.length === drawing) continue
      const path = `${canvasId}.1`
      const canvas = await client.canvas(projectId, path).synced()
      canvases.push({ path, canvas, strokeIds: [] })
    }
  },

  /** They draw from now on, whether the server is there or not. */
  draw(): void {
    let turn = 0
    pen = setInterval(() => {
      for (const [i, { canvas, strokeIds }] of canvases.entries()) {
        const at = 40 + ((turn * 31 + i * 17) % 900)
        strokeIds.push(canvas.draw(line([at, 40], [at + 40, 900])))
      }
      turn++
    }, STROKE_EVERY_MS)
  },

  /** Ms from `since` until each had joined again; not back within a minute: infinite. */
  async back({ since }: { since: number }): Promise<number[]> {
    const deadline = since + WITHIN_MS
    while (people.some(({ joinedAt }) => joinedAt < since) && monotonic() < deadline) await look()
    return people.map(({ joinedAt }) => (joinedAt < since ? Infinity : joinedAt - since))
  },

  /** Puts the pens down and waits until the store holds everything; answers what was drawn. */
  async finish(): Promise<{ drawn: Drawn[]; notStored: number; errors: string[] }> {
    if (pen) clearInterval(pen)
    const deadline = monotonic() + WITHIN_MS
    let notStored = 0
    for (const { path, canvas } of canvases) {
      const canvasId = path.split('.')[0] ?? ''
      const person = people.find((one) => one.canvasId === canvasId)
      while (!(await hasStored(person, canvasId, canvas.doc)) && monotonic() < deadline) await look()
      if (!(await hasStored(person, canvasId, canvas.doc))) notStored++
    }
    // Above it the protocol has the codes after which a client does not simply come back.
    const final = canvases.flatMap(({ canvas }) =>
      canvas.closeCodes.filter((code) => code >= FIRST_FINAL_CODE),
    )
    const errors = final.map((code) => `a canvas was closed with ${String(code)}`)
    return { drawn: canvases.map(({ path, strokeIds }) => ({ path, strokeIds })), notStored, errors }
  },

  /** How many of these strokes the server does not have, asked by somebody who has nothing. */
  async missing({ url, drawn }: { url: string; drawn: readonly Drawn[] }): Promise<number> {
    const reader = people[0]?.client.again(url)
    if (!reader) throw new Error('nobody is there')
    let lost = 0
    for (const { path, strokeIds } of drawn) {
      const canvas = await reader.canvas(projectId, path).synced()
      const there = new Set(canvas.strokes())
      lost += strokeIds.filter((id) => !there.has(id)).length
      canvas.leave()
    }
    return lost
  },
}

async function enter(client: Client): Promise<Returning> {
  const socket = connectSocket({ token: client.token, url: client.url })
  const join = () =>
    socket.command('room:join', { projectId, protocol: PROTOCOL_VERSION }, { timeoutMs: WITHIN_MS })
  const { you } = await join()
  const person = { client, socket, canvasId: you.canvasId, joinedAt: 0 }
  socket.onReconnect(async () => {
    await join()
    person.joinedAt = monotonic()
  })
  return person
}

async function hasStored(person: Returning | undefined, canvasId: string, doc: Y.Doc): Promise<boolean> {
  const saved = await person?.socket.command('canvas:saved?', { canvasId })
  return saved !== undefined && isStored(saved, doc)
}

function look(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}

answerParent(handlers)
