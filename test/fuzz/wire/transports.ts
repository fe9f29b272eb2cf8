import { rm } from 'node:fs/promises'
import * as Y from 'yjs'
import { build } from '../../../server/build.js'
import { openStore } from '../../../server/storage/open.ts'
import { newId } from '../../../shared/ids/id.ts'
import { freePort, startBuilt, temporaryFolder } from '../../support/built-server.ts'
import { Client, line, type CanvasClient } from '../../support/clients.ts'
import { heapAfterCollection } from '../../support/inspector.ts'
import { residentMb } from '../../support/process-figures.ts'
import { keysOf } from '../converge/journal.ts'
import { diceOf, type Dice } from '../draw.ts'
import type { WireFigures } from './campaign.ts'
import { storedDoc } from './guarded.ts'
import { mutated } from './mutate.ts'
import { hostileFrame } from './sync-frames.ts'
import {
  talkByRest,
  talkByBytes,
  talkByPolling,
  talkByWebSocket,
  talkToCanvas,
  type Stance,
  type Talk,
} from './talkers.ts'

const WAYS = {
  socket_packets: talkByWebSocket,
  polling_bodies: talkByPolling,
  canvas_frames_by_socket: talkToCanvas,
  broken_connections: talkByBytes,
  http_requests: talkByRest,
} as const satisfies Record<string, Talk>
type Way = keyof typeof WAYS
const CHOICES: readonly Way[] = [
  ...([
    'socket_packets',
    'socket_packets',
    'socket_packets',
    'canvas_frames_by_socket',
    'canvas_frames_by_socket',
  ] as const),
  ...([
    'http_requests',
    'http_requests',
    'http_requests',
    'http_requests',
    'polling_bodies',
    'broken_connections',
  ] as const),
]
const AT_ONCE = 8
/** Frames that are made at once, each of which is sent a few times. */
const FRAMES = 60
const HONEST_EVERY = 5
/** Share of the messages that the memory is given to come to its usual size. */
const WARM = 0.3
/** Of the server's log: a line of an error. */
const ERROR_LINE = /"level":"?(?:50|60|error|fatal)|ERROR|FATAL/

/** Malformed packets, frames and requests for a real server process, while an honest person draws and labels. */
export async function transportCampaign(
  seed: number,
  messages: number,
  tell: (words: string) => void,
): Promise<WireFigures & Record<Way, number>> {
  await build()
  const dataDir = temporaryFolder()
  const inspect = await freePort()
  const server = await startBuilt(dataDir, {}, { nodeArgs: [`--inspect=127.0.0.1:${String(inspect)}`] })
  const memory = async (): Promise<{ heap: number; rss: number }> => {
    const heap = await heapAfterCollection(inspect)
    return { heap, rss: residentMb(server.child.pid ?? 0) }
  }
  const dice = diceOf(seed)
  const honest = await Honest.at(server.url)
  const stance = await stanceOf(honest)
  const before = await honest.standing()
  const counts = Object.fromEntries(Object.keys(WAYS).map((way) => [way, 0])) as Record<Way, number>
  const sent = (): number => Object.values(counts).reduce((sum, count) => sum + count, 0)
  let warm = await memory()
  let warmed = false
  for (let turns = 0; sent() < messages && server.child.exitCode === null; turns++) {
    const talk = async (): Promise<void> => {
      const way = dice.pick(CHOICES)
      counts[way] += await WAYS[way](stance, dice)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, talk))
    if (turns % HONEST_EVERY === 0) await honest.work()
    if (!warmed && sent() >= messages * WARM) {
      warm = await memory()
      warmed = true
    }
  }
  const alive = server.child.exitCode === null
  const last = alive ? await memory() : warm
  const crashes = server.output().split(/uncaughtException|unhandledRejection/).length - 1 + (alive ? 0 : 1)
  if (crashes > 0) tell(server.output().slice(-4_000))
  const errors = server
    .output()
    .split('\n')
    .filter((words) => ERROR_LINE.test(words))
  for (const error of errors) honest.faults.push(`the server complained: ${error}`)
  if (alive && (await honest.standing()) !== before)
    honest.faults.push('what only an owner may change has changed')
  honest.leave()
  if (alive) await server.stop()
  honest.faults.push(...(await honest.lost(dataDir)))
  await rm(dataDir, { recursive: true, force: true })
  for (const fault of honest.faults.slice(0, 10)) tell(fault.slice(0, 1_000))
  const mb = [warm.heap, last.heap, warm.rss, last.rss].map((size) => size.toFixed(1))
  tell(
    `seed ${String(seed)}: ${JSON.stringify(counts)}; MB of heap and in all, warm and in the end: ${mb.join(' ')}`,
  )
  return {
    messages: sent(),
    crashes,
    // Of one honest person it is asked whether they were harmed, not how often.
    honest_clients_harmed: Math.min(honest.faults.length, 1),
    rss_growth_mb: Math.max(0, Math.round(last.rss - warm.rss)),
    ...counts,
  }
}

/** The owner of a room, who draws and labels on a canvas where nobody else may. */
class Honest {
  readonly faults: string[] = []
  private readonly drawn: string[] = []
  private readonly labels = new Map<string, string>()
  private here = true

  private constructor(
    readonly owner: Client,
    readonly projectId: string,
    readonly codes: { readonly editor: string | null; readonly viewer: string | null },
    private readonly classId: string,
    readonly canvasId: string,
    private readonly canvas: CanvasClient,
  ) {
    const gone = (what: string, why: string): void => {
      if (this.here) this.faults.push(`${what} was closed: ${why}`)
    }
    owner.socket.on('disconnect', (reason) => gone("the owner's connection", reason))
    void canvas.closed.then((code) => gone("the owner's canvas", String(code)))
  }

  static async at(url: string): Promise<Honest> {
    const owner = await Client.arrive(url, 'Olga')
    const { project, codes } = await owner.create('empty', ['cat'])
    const settings = { settings: { ownCanvasOpenTo: 'owner' } }
    await rest(owner, 'PATCH', `/projects/${project.id}`, settings)
    const room = await owner.join(project.id)
    const canvasId = room.you.canvasId ?? ''
    const canvas = await owner.canvas(project.id, `${canvasId}.1`).synced()
    const honest = new Honest(owner, project.id, codes, room.classes[0]?.id ?? '', canvasId, canvas)
    await honest.work()
    return honest
  }

  /** Draws and labels, and waits until it is stored. */
  async work(): Promise<void> {
    const { canvas, canvasId, classId } = this
    const strokeId = canvas.draw(line([10, 10], [200, 200]), newId())
    this.drawn.push(strokeId)
    const { pageId, stateVector } = canvas
    canvas.turn()
    const payload = { canvasId, pageId, classId, stateVector, idempotencyKey: strokeId }
    try {
      const { drawing } = await this.owner.command('drawing:label', payload)
      this.labels.set(strokeId, drawing.id)
    } catch (error) {
      this.faults.push(`an honest label was not acknowledged: ${String(error)}`)
    }
  }

  /** What of the room nobody else may change. */
  async standing(): Promise<string> {
    const { project, role, codes } = (await rest(this.owner, 'GET', `/projects/${this.projectId}`)) as {
      readonly project: unknown
      readonly role: unknown
      readonly codes: unknown
    }
    return JSON.stringify({ project, role, codes })
  }

  leave(): void {
    this.here = false
    this.owner.leave()
  }

  /** What was acknowledged and is not in the store of a server that has stopped. */
  async lost(dataDir: string): Promise<string[]> {
    const store = await openStore({ dataDir, log: { info: () => undefined, error: () => undefined } })
    try {
      const faults: string[] = []
      const doc = await storedDoc(store, this.canvasId)
      const kept = keysOf(doc)
      for (const key of kept)
        if (!this.drawn.includes(key)) faults.push(`${key} came to the owner's own canvas`)
      for (const [key, drawingId] of this.labels) {
        const drawing = await store.findDrawingByKey(this.projectId, key)
        if (drawing?.id !== drawingId) faults.push(`label ${key} was acknowledged and is not stored`)
        for (const { id } of drawing?.strokes ?? []) kept.add(id)
      }
      for (const id of this.drawn) if (!kept.has(id)) faults.push(`${id} is nowhere`)
      return faults
    } finally {
      await store.close()
    }
  }
}

/** Two hostile members, an editor and a viewer, with a canvas of the room to write on. */
async function stanceOf({ owner, projectId, codes, canvasId: guarded }: Honest): Promise<Stance> {
  const { url } = owner
  const members = await Promise.all([Client.arrive(url, 'Mallory'), Client.arrive(url, 'Trudy')])
  const [editor, viewer] = members
  await editor.joinByCode(codes.editor)
  await viewer.joinByCode(codes.viewer)
  const { id: canvasId } = await owner.command('canvas:create', { name: 'Ours' })
  const shown = await owner.canvas(projectId, `${canvasId}.1`).synced()
  shown.draw(line([5, 5], [90, 90]))
  return {
    url,
    tokens: [...members, editor].flatMap(({ token }) => token ?? []),
    frame: framesFor(shown.doc),
    known: {
      ...{ projectId, canvasId, pageId: shown.pageId, classId: newId(), userId: editor.userId },
      ...{ userIds: [owner.userId, viewer.userId], canvasIds: [canvasId, guarded], drawingIds: [] },
    },
  }
}

/** Frames for what the canvas holds, a few at a time since each of them takes a copy of it. */
function framesFor(doc: Y.Doc): (dice: Dice) => Uint8Array {
  const pool: Uint8Array[] = []
  let taken = 0
  return (dice) => {
    if (taken++ % (FRAMES * 5) === 0) {
      const state = Y.encodeStateAsUpdate(doc)
      pool.splice(0, pool.length, ...Array.from({ length: FRAMES }, () => hostileFrame(state, dice)))
    }
    const frame = dice.pick(pool)
    return dice.chance(0.6) ? frame : mutated(frame, dice.pick(pool), dice)
  }
}

async function rest({ url, token }: Client, method: string, path: string, body?: object): Promise<unknown> {
  const reply = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', origin: url, authorization: `Bearer ${token ?? ''}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!reply.ok) throw new Error(`${path} answered ${String(reply.status)}: ${await reply.text()}`)
  return reply.json()
}
