import { once } from 'node:events'
import * as encoding from 'lib0/encoding'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import type { LimitName } from '../../server/rooms/ports.ts'
import type { Store } from '../../server/storage/store.ts'
import { updateMessage } from '../../server/sync/messages.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import {
  MAX_AMENDMENTS_PER_PAGE,
  MAX_POINTS_PER_STROKE,
  MAX_STROKE_BYTES,
  MAX_STROKES_PER_PAGE,
} from '../../shared/canvas/limits.ts'
import { appendPage, currentPage, strokesOf, type PageStrokes } from '../../shared/canvas/schema.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { Client, line } from '../support/clients.ts'
import { refusals } from '../support/refusals.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const { overloaded, rebuild } = closeCodes
const TOO_BIG = 1009
const STEP_1 = Uint8Array.of(0, 0, 1, 0)

let server: RoomServer
let full = false
let ada: Client
let projectId: string
let canvasId: string

beforeAll(async () => {
  const wrap = (store: Store): Store => ({
    ...store,
    appendCanvas: (...words) =>
      full ? Promise.reject(new Error('disk full')) : store.appendCanvas(...words),
  })
  server = await startRoomServer(wrap)
})
afterAll(() => server.stop())
beforeEach(async () => {
  ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('empty', ['cat'])
  projectId = project.id
  canvasId = (await ada.join(projectId)).you.canvasId ?? ''
})
afterEach(() => {
  full = false
  ada.leave()
})

/** A socket without a document, whose messages are made by hand. */
async function bare() {
  const url = `${server.url.replace('http', 'ws')}/sync/${projectId}/${canvasId}?token=${ada.token ?? ''}`
  const socket = new WebSocket(url)
  const closed = once(socket, 'close').then(([code]: unknown[]) => Number(code))
  // It may come with the answer that opens the socket, before anybody could ask for it.
  const heard = new Promise((resolve) => socket.once('message', resolve))
  // What is cut off in the middle may well find the way closed.
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return { socket, closed, heard, send: (message: Uint8Array) => socket.send(message) }
}

/** Whose first sync is through. */
async function synced() {
  const one = await bare()
  one.send(step2(Y.encodeStateAsUpdate(new Y.Doc())))
  return one
}

function step2(update: Uint8Array): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, 0)
    encoding.writeVarUint(out, 1)
    encoding.writeVarUint8Array(out, update)
  })
}

/** Expects the close code, that the limit was counted, and that the canvas still serves others. */
async function refused(limit: LimitName, code: number, run: () => Promise<number>): Promise<void> {
  const before = await refusals(server.url, limit)
  expect(await run()).toBe(code)
  expect(await refusals(server.url, limit)).toBeGreaterThan(before)
  const other = await ada.again().canvas(projectId, canvasId).synced()
  const drawn = other.draw(line([0, 0], [50, 50]))
  await other.roundTrip()
  expect(other.strokes()).toContain(drawn)
  other.leave()
}

it('[LIMIT-2] bytes of a canvas message: 4409 after the first sync, 1009 above what any may have', async () => {
  await refused('frame-bytes', rebuild, async () => {
    const { send, closed } = await synced()
    send(new Uint8Array(256_001))
    return closed
  })
  await refused('frame-bytes', TOO_BIG, async () => {
    const { send, closed } = await bare()
    send(new Uint8Array(5_000_001))
    return closed
  })
})

it('[LIMIT-2] bytes of a first sync, and of messages that wait: 1013', async () => {
  await refused('first-sync-bytes', overloaded, async () => {
    const { send, closed } = await bare()
    // Presence, which is ignored and still counts.
    for (let i = 0; i < 6; i++) send(Uint8Array.from({ length: 1_000_000 }, () => 1))
    return closed
  })
})

it('[LIMIT-2] messages a second: 1013, and the client comes back with what it has', async () => {
  const canvas = await ada.canvas(projectId, canvasId).synced()
  const drawn: string[] = []
  await refused('sync-messages', overloaded, async () => {
    const { send, closed } = await synced()
    for (let i = 0; i < 1_500; i++) send(STEP_1)
    return closed
  })
  for (let i = 0; i < 1_300; i++) {
    if (i % 10 === 0) drawn.push(canvas.draw(line([0, 0], [i, i])))
    else canvas.provider.ws?.send(STEP_1)
  }
  await vi.waitFor(() => expect(canvas.closeCodes).toContain(overloaded), { timeout: 10_000 })
  const other = await ada.again().canvas(projectId, canvasId).synced()
  await vi.waitFor(() => expect(other.strokes()).toEqual(expect.arrayContaining(drawn)), { timeout: 10_000 })
  other.leave()
})

it('[SYNC-31] who does not read is cut off, and finds 1013 behind what they had not read', async () => {
  const doc = await copy()
  const bytes = encodeStroke(jagged())
  doc.transact(() => {
    for (let i = 0; i < 20; i++) strokesNow(doc).set(`s${String(i)}`, bytes)
  })
  await refused('slow-reader', overloaded, async () => {
    const { socket, send, closed } = await bare()
    send(step2(Y.encodeStateAsUpdate(doc)))
    socket.pause()
    const before = await refusals(server.url, 'slow-reader')
    for (let i = 0; i < 60; i++) send(STEP_1)
    await vi.waitFor(async () => expect(await refusals(server.url, 'slow-reader')).toBe(before + 1), {
      timeout: 10_000,
    })
    socket.resume()
    return closed
  })
})

it('[LIMIT-2] canvases that a person has open: 1013', async () => {
  const others = await Promise.all(Array.from({ length: 40 }, () => synced()))
  await Promise.all(others.map(({ heard }) => heard))
  const before = await refusals(server.url, 'canvases-open')
  expect(await (await bare()).closed).toBe(overloaded)
  expect(await refusals(server.url, 'canvases-open')).toBe(before + 1)
  for (const { socket } of others) socket.terminate()
})

it.each<[LimitName, string, (strokes: PageStrokes, doc: Y.Doc) => void]>([
  ['stroke-points', 'points of a stroke', (strokes) => strokes.set('s', strokeOf(MAX_POINTS_PER_STROKE + 1))],
  ['stroke-points', 'bytes of a stroke', (strokes) => strokes.set('s', new Uint8Array(MAX_STROKE_BYTES + 1))],
  [
    'page-strokes',
    'strokes of a page',
    (strokes) => {
      const bytes = strokeOf(2)
      for (let i = 0; i <= MAX_STROKES_PER_PAGE * 1.1; i++) strokes.set(`s${String(i)}`, bytes)
    },
  ],
  [
    'page-points',
    'points of a page',
    (strokes) => {
      const bytes = strokeOf(MAX_POINTS_PER_STROKE)
      for (let i = 0; i < 42; i++) strokes.set(`s${String(i)}`, bytes)
    },
  ],
  [
    'page-amendments',
    'moves and cuts of a page',
    (strokes) => {
      strokes.set('s', strokeOf(20))
      for (let i = 0; i <= MAX_AMENDMENTS_PER_PAGE * 1.1; i++) {
        strokes.set(`s.c${String(i)}`, Uint8Array.of(3, 1, 2))
      }
    },
  ],
  [
    'canvas-pages',
    'pages of a canvas',
    (_strokes, doc) => {
      for (let i = 0; i < 61; i++) appendPage(doc, `page${String(i)}`)
    },
  ],
  [
    'canvas-bytes',
    'bytes of a canvas',
    (_strokes, doc) => {
      const bytes = new Uint8Array(encodeStroke(jagged()))
      for (let page = 0; page < 4; page++) {
        appendPage(doc, `page${String(page)}`)
        for (let i = 0; i < 30; i++) strokesNow(doc).set(`s${String(page)}x${String(i)}`, bytes)
      }
    },
  ],
])('[LIMIT-2] %s, %s: 4409, and nothing of it stays', async (limit, _what, bring) => {
  const doc = await copy()
  doc.transact(() => bring(strokesNow(doc), doc))
  await refused(limit, rebuild, async () => {
    const { send, closed } = await bare()
    send(step2(Y.encodeStateAsUpdate(doc)))
    return closed
  })
  const { snapshots } = await ada.command('canvas:snapshot', { canvasIds: [canvasId] })
  expect(snapshots[0]?.strokes).toHaveLength(1)
})

it('[LIMIT-2] what the store has not taken: 1013, and all of it is stored once it can be', async () => {
  const doc = await copy()
  full = true
  const { socket, send, closed } = await synced()
  const bytes = encodeStroke(jagged())
  const before = await refusals(server.url, 'unsaved-bytes')
  // One stroke after the other is drawn and erased, so that the page stays small while what is not stored grows.
  for (let i = 0; i < 400; i++) {
    for (const change of [() => strokesNow(doc).set('s', bytes), () => strokesNow(doc).delete('s')]) {
      const vector = Y.encodeStateVector(doc)
      doc.transact(change)
      send(updateMessage(Y.encodeStateAsUpdate(doc, vector)))
    }
  }
  await vi.waitFor(() => expect(socket.readyState).not.toBe(socket.OPEN), { timeout: 20_000 })
  expect(await closed).toBe(overloaded)
  expect(await refusals(server.url, 'unsaved-bytes')).toBe(before + 1)
  full = false
  const other = ada.again().canvas(projectId, canvasId)
  await vi.waitFor(() => expect(other.provider.synced).toBe(true), { timeout: 30_000 })
  await vi.waitFor(
    async () => {
      const { stateVector } = await ada.command('canvas:saved?', { canvasId })
      expect(Y.decodeStateVector(new Uint8Array(stateVector)).get(doc.clientID)).toBeGreaterThan(100)
    },
    { timeout: 30_000, interval: 200 },
  )
  other.leave()
})

async function copy(): Promise<Y.Doc> {
  const canvas = await ada.again().canvas(projectId, canvasId).synced()
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(canvas.doc))
  canvas.leave()
  return doc
}

function strokesNow(doc: Y.Doc): PageStrokes {
  const page = currentPage(doc)
  const strokes = page && strokesOf(page)
  if (!strokes) throw new Error('a page without strokes')
  return strokes
}

function strokeOf(points: number): Uint8Array {
  return encodeStroke(line([0, 0], [900, 900], points))
}

/** A stroke of as many bytes as its points may have. */
function jagged() {
  const count = MAX_POINTS_PER_STROKE
  const xs = Float32Array.from({ length: count }, (_, i) => (i % 2) * 2_500 - 500)
  return { at: 1.7e12, xs, ys: xs, pressures: null, times: null }
}
