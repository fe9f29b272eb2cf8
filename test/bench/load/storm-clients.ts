import { createHash } from 'node:crypto'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket, type RawData } from 'ws'
import * as Y from 'yjs'
import { MAX_CANVAS_BYTES } from '../../../shared/canvas/limits.ts'
import { appendPage, currentPage, origins, putStroke } from '../../../shared/canvas/schema.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { Ack, RoomState } from '../../../shared/protocol/events.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { Client, type CanvasClient } from '../../support/clients.ts'
import { answerParent } from '../../support/helper-process.ts'
import { monotonic } from '../../support/monotonic.ts'
import { RawSocket } from '../../support/raw-socket.ts'

/** How full the canvas is made: the limit less what a few more strokes take. */
const FULL = 0.96 * MAX_CANVAS_BYTES
const POINTS = 240
/** As many as stay whatever they have: the current one and the two that were cleared last. */
const PAGES = 3
const STROKES_AT_ONCE = 40
/** Of the y-websocket protocol: the kind of message, and its steps. */
const SYNC = 0
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2
/** An answer to somebody who has everything is shorter than this; one with anything in it is longer. */
const NOTHING_NEW_BYTES = 200
const OPEN_AT_ONCE = 10
const WITHIN_MS = 60_000

/** The canvas everybody opens, and what is on it. */
interface Full {
  readonly projectId: string
  readonly code: string
  /** As the sync path has it. */
  readonly path: string
  readonly bytes: number
  readonly strokes: number
  readonly stateVector: Uint8Array
  readonly digest: string
}

interface Storm {
  readonly url: string
  readonly full: Full
  readonly first: number
  readonly count: number
  /** Whether they are published clients that decode what they get, or ones that only read it. */
  readonly decode: boolean
}

interface Stormed {
  /** Ms from the start to the last byte, and to the answer of room:join, of each. */
  readonly joined: readonly number[]
  readonly entered: readonly number[]
  /** Decoded documents that are not the original. */
  readonly different: number
}

let clients: Client[] = []

export const handlers = {
  async fill({ url }: { url: string }): Promise<Full> {
    const owner = await Client.arrive(url, 'Owner')
    const { project, codes } = await owner.create('empty', ['one', 'two'])
    const { you } = await owner.join(project.id)
    const path = `${you.canvasId ?? ''}.1`
    const canvas = await owner.canvas(project.id, path).synced()
    let strokes = 0
    let pages = 1
    for (let bytes = 0; bytes < FULL; bytes = sizeOf(canvas.doc)) {
      if (bytes >= (pages * FULL) / PAGES) {
        canvas.doc.transact(() => appendPage(canvas.doc, newId()), origins.page)
        pages++
      }
      const page = currentPage(canvas.doc)
      if (!page) throw new Error('the canvas has no page')
      canvas.doc.transact(() => {
        for (let i = 0; i < STROKES_AT_ONCE; i++) putStroke(page, newId(), scribble(strokes + i))
      }, origins.local)
      strokes += STROKES_AT_ONCE
      await canvas.roundTrip()
    }
    const { stateVector } = canvas
    const full: Full = {
      projectId: project.id,
      code: codes.editor ?? '',
      path,
      bytes: sizeOf(canvas.doc),
      strokes,
      stateVector,
      digest: digestOf(canvas),
    }
    owner.leave()
    return full
  },

  /** They have a session and a membership: what follows is the storm alone. */
  async prepare({ url, full, first, count }: Omit<Storm, 'decode'>): Promise<void> {
    clients = []
    const waiting = Array.from({ length: count }, (_, i) => `Client ${String(first + i)}`)
    const arrive = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const client = await Client.arrive(url, name)
        await client.joinByCode(full.code)
        clients.push(client)
      }
    }
    await Promise.all(Array.from({ length: OPEN_AT_ONCE }, arrive))
  },

  async storm({ full, decode, from }: Pick<Storm, 'full' | 'decode'> & { from: number }): Promise<Stormed> {
    await new Promise((resolve) => setTimeout(resolve, from - monotonic()))
    let different = 0
    const entered: number[] = []
    const joined = await Promise.all(
      clients.map(async (client) => {
        const entry = (decode ? enterReal(client, full) : enterRaw(client, full)).then(() =>
          entered.push(monotonic() - from),
        )
        if (decode) {
          const canvas = client.canvas(full.projectId, full.path)
          await Promise.all([entry, reaches(canvas.doc, full.stateVector)])
          if (digestOf(canvas) !== full.digest) different++
        } else await Promise.all([entry, readAll(client, full)])
        return monotonic() - from
      }),
    )
    return { joined, entered, different }
  },
}

function enterReal(client: Client, { projectId }: Full): Promise<unknown> {
  return client.join(projectId)
}

async function enterRaw({ url, token }: Client, { projectId }: Full): Promise<void> {
  const socket = new RawSocket(url, () => undefined)
  await socket.connect({ token })
  const reply = (await socket.ask('room:join', { projectId, protocol: PROTOCOL_VERSION })) as Ack<RoomState>
  if ('error' in reply) throw new Error(`room:join: ${reply.error.code}: ${reply.error.detail}`)
}

/** Resolves when everything of the canvas was received: the answer to a second question, by somebody who has it all, follows it. */
function readAll({ url, token }: Client, full: Full): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/sync/${full.projectId}/${full.path}`, [
    'trainboard',
    `token.${token ?? ''}`,
  ])
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the canvas was not sent in time')), WITHIN_MS)
    let bytes = 0
    socket.on('open', () => {
      socket.send(Uint8Array.of(SYNC, STEP_1, 1, 0))
      socket.send(
        encoding.encode((out) => {
          encoding.writeVarUint(out, SYNC)
          encoding.writeVarUint(out, STEP_1)
          encoding.writeVarUint8Array(out, full.stateVector)
        }),
      )
    })
    socket.on('message', (data: RawData) => {
      if (!(data instanceof Buffer)) return
      const from = decoding.createDecoder(data)
      if (decoding.readVarUint(from) !== SYNC) return
      const step = decoding.readVarUint(from)
      if (step !== STEP_2 && step !== UPDATE) return
      bytes += data.byteLength
      if (step !== STEP_2 || data.byteLength > NOTHING_NEW_BYTES || bytes < full.bytes * 0.9) return
      clearTimeout(late)
      resolve()
    })
    socket.on('close', (code, reason) =>
      reject(new Error(`closed with ${String(code)}: ${reason.toString()}`)),
    )
    socket.on('error', reject)
  })
}

function reaches(doc: Y.Doc, stateVector: Uint8Array): Promise<void> {
  const wanted = Y.decodeStateVector(stateVector)
  const isThere = (): boolean =>
    [...wanted].every(([client, clock]) => Y.getState(doc.store, client) >= clock)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a document did not arrive in time')), WITHIN_MS)
    const check = (): void => {
      if (!isThere()) return
      clearTimeout(late)
      doc.off('update', check)
      resolve()
    }
    doc.on('update', check)
    check()
  })
}

function scribble(seed: number): Stroke {
  const angle = (i: number): number => i / (6 + (seed % 7)) + seed
  const at = (side: (radians: number) => number, i: number): number => 512 + (380 - 2 * i) * side(angle(i))
  return {
    at: Date.now(),
    xs: Float32Array.from({ length: POINTS }, (_, i) => at(Math.cos, i)),
    ys: Float32Array.from({ length: POINTS }, (_, i) => at(Math.sin, i)),
    pressures: Float32Array.from({ length: POINTS }, (_, i) => (i % 255) / 255),
    times: Float32Array.from({ length: POINTS }, (_, i) => i * 8),
  }
}

function sizeOf(doc: Y.Doc): number {
  return Y.encodeStateAsUpdate(doc).byteLength
}

/** Of the whole content, whatever order its keys come in. */
function digestOf(canvas: CanvasClient): string {
  const hash = createHash('sha256')
  const add = (value: unknown): void => {
    if (value instanceof Uint8Array) hash.update(value)
    else if (Array.isArray(value)) value.forEach(add)
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.update(key)
        add(one)
      }
    else hash.update(String(value))
  }
  add(canvas.content())
  return hash.digest('hex')
}

answerParent(handlers)
