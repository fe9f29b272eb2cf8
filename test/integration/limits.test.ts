import { io } from 'socket.io-client'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { MAX_CANVASES, MAX_CLASSES, MAX_OPINIONS, MAX_PEOPLE_IN_ROOM } from '../../shared/protocol/limits.ts'
import { toBase64 } from '../../shared/canvas/base64.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import type { LimitName } from '../../server/rooms/ports.ts'
import type { Store } from '../../server/storage/store.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { Client, line } from '../support/clients.ts'
import { ask, type Answer } from '../support/http.ts'
import { refusals } from '../support/refusals.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
let ada: Client
let projectId: string
let canvasId: string
let editorCode: string | null
/** Opinions that every drawing has besides its newest. */
let opinions = 0

beforeAll(async () => {
  server = await startRoomServer((store) => ({ ...store, getDrawing: crowded(store) }))
})
afterAll(() => server.stop())
beforeEach(async () => {
  ada = await Client.arrive(server.url, 'Ada')
  const made = await ada.create('empty', ['cat', 'dog'])
  projectId = made.project.id
  editorCode = made.codes.editor
  canvasId = (await ada.join(projectId)).you.canvasId ?? ''
})

function crowded({ getDrawing }: Store): Store['getDrawing'] {
  return async (id) => {
    const drawing = await getDrawing(id)
    const [first] = drawing?.opinions ?? []
    if (!drawing || !first) return drawing
    const others = Array.from({ length: opinions }, () => ({ ...first, idempotencyKey: newId() }))
    return { ...drawing, opinions: [...others, ...drawing.opinions.slice(0, 1)] }
  }
}

/** Runs it and expects that the limit was counted, and that the room goes on for others. */
async function counted(limit: LimitName, run: () => Promise<unknown>): Promise<void> {
  const before = await refusals(server.url, limit)
  await run()
  await vi.waitFor(async () => expect(await refusals(server.url, limit)).toBeGreaterThan(before), {
    timeout: 10_000,
  })
  await vi.waitFor(async () => expect(await ada.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok'))
}

it('[LIMIT-2] commands a second: too-many, and the connection lives on', async () => {
  await counted('commands', async () => {
    const asked = Array.from({ length: 90 }, () => ada.refusal('canvas:snapshot', { canvasIds: [] }))
    expect(await Promise.all(asked)).toContain('too-many')
  })
  expect(ada.socket.connected).toBe(true)
})

it('[LIMIT-2] ink packets a second and their bytes: dropped', async () => {
  await counted('ink-packets', () => {
    for (let i = 0; i < 150; i++) ada.ink({ kind: 'cursor', canvasId, x: i, y: i })
    return Promise.resolve()
  })
  await counted('ink-bytes', async () => {
    await vi.waitFor(async () => expect(await ada.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok'))
    const own = ada.again()
    await own.join(projectId)
    own.socket.emit('ink', new Uint8Array(32_001))
    await own.command('canvas:snapshot', { canvasIds: [] })
    own.leave()
  })
})

it('[LIMIT-2] bytes of a message: the connection ends, nobody else’s', async () => {
  const ben = ada.again()
  await ben.join(projectId)
  const ended = new Promise((resolve) => ben.socket.once('disconnect', resolve))
  await counted('message-bytes', async () => {
    ben.socket.emit('ink', new Uint8Array(4_100_000))
    await ended
  })
})

it('[LIMIT-2] connections of a person: full at the handshake, and a place again when one ends', async () => {
  const open = Array.from({ length: 11 }, () => ada.again())
  await Promise.all(open.map((one) => one.join(projectId)))
  const refused = (): Promise<unknown> =>
    new Promise((resolve) => {
      const socket = io(server.url, {
        auth: { token: ada.token },
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
      })
      socket.once('connect_error', (error: Error & { data?: { code?: string } }) => resolve(error.data?.code))
      socket.once('connect', () => {
        socket.disconnect()
        resolve('ok')
      })
    })
  await counted('connections-person', async () => expect(await refused()).toBe('full'))
  open[0]?.leave()
  await vi.waitFor(async () => expect(await refused()).toBe('ok'))
  for (const one of open) one.leave()
})

it('[LIMIT-2] canvases and classes of a project: full', async () => {
  await counted('classes', async () => {
    await untilFull(MAX_CLASSES, (i) => ada.refusal('class:add', { name: `class ${String(i)}` }))
  })
  await counted('canvases', async () => {
    await untilFull(MAX_CANVASES, (i) => ada.refusal('canvas:create', { name: `page ${String(i)}` }))
  })
  const ben = await Client.arrive(server.url, 'Ben')
  await ben.joinByCode(editorCode)
  expect((await ben.join(projectId)).you.canvasId).toBeNull()
  ben.leave()
})

it('[LIMIT-2] opinions on a drawing: full for further ones, not for one that is sent again', async () => {
  const room = await ada.join(projectId)
  const canvas = await ada.canvas(projectId, canvasId).synced()
  canvas.draw(line([0, 0], [900, 900]))
  const { pageId, stateVector } = canvas
  const classId = room.classes[0]?.id ?? ''
  const idempotencyKey = newId()
  const { drawing } = await ada.command('drawing:label', {
    ...{ canvasId, pageId, classId, stateVector },
    idempotencyKey,
  })
  const opine = (key: string): Promise<string> =>
    ada.refusal('drawing:opine', { drawingId: drawing.id, classId, idempotencyKey: key })
  opinions = MAX_OPINIONS - 2
  expect(await opine(newId())).toBe('ok')
  opinions = MAX_OPINIONS - 1
  await counted('opinions', async () => {
    expect(await opine(newId())).toBe('full')
  })
  expect(await opine(idempotencyKey)).toBe('ok')
})

it('[LIMIT-2] points of a scratch pad: too-large', async () => {
  const nobody = Client.nobody(server.url)
  await nobody.command('scratch:open', { protocol: PROTOCOL_VERSION })
  const base64 = toBase64(encodeStroke(line([0, 0], [900, 900], 4_000)))
  const strokes = Array.from({ length: 13 }, (_, i) => ({ id: `s${String(i)}`, base64 }))
  await counted('scratch-points', async () => {
    expect(await nobody.refusal('scratch:set', { strokes })).toBe('too-large')
  })
  nobody.leave()
})

it('[LIMIT-2] bytes of a REST body: too-large', async () => {
  await counted('body-bytes', async () => {
    const reply = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ name: 'x'.repeat(65_000) }),
    })
    expect(reply.status).toBe(413)
    expect(await reply.json()).toMatchObject({ code: 'too-large' })
  })
})

it('[LIMIT-2] failed joins of an address: too-many, and a session that stands goes on', async () => {
  const eve = await Client.arrive(server.url, 'Eve')
  await counted('failed-joins', async () => {
    for (let i = 0; i < 61; i++) await eve.joinByCode('ZZZZZZ').catch(() => undefined)
    await expect(eve.joinByCode(editorCode)).rejects.toThrow(/429/)
  })
})

it('[HTTP-12] sessions of one address: too-many with when to try again; another address is served, and the first one again', async () => {
  const arrive = (address: string): Promise<Answer> =>
    ask(`${server.url}/api/v1/session`, {
      method: 'POST',
      body: { name: 'Mia' },
      headers: { 'x-forwarded-for': address },
    })
  await counted('sessions', async () => {
    const school = await Promise.all(Array.from({ length: 300 }, () => arrive('198.51.100.7')))
    expect(school.filter(({ status }) => status !== 200)).toEqual([])
    await vi.waitFor(async () => {
      const refused = await arrive('198.51.100.7')
      expect(refused.json).toMatchObject({ code: 'too-many', status: 429 })
      expect(refused.headers['retry-after']).toBe('1')
    })
    expect((await arrive('198.51.100.8')).status).toBe(200)
  })
  await vi.waitFor(async () => expect((await arrive('198.51.100.7')).status).toBe(200))
})

it('[PRES-6] [LIMIT-2] a herd of people within a second is served; the room is full beyond its number', async () => {
  const { store } = server
  const settled = await Promise.all(
    Array.from({ length: MAX_PEOPLE_IN_ROOM }, async (_, i) => {
      const one = await Client.arrive(server.url, `P${String(i)}`)
      await store.putMember({ projectId, userId: one.userId, role: 'viewer', joinedAt: 0 })
      return one
    }),
  )
  const events: number[] = []
  ada.socket.on('people:changed', ({ people }) => events.push(people.length))
  const from = performance.now()
  const protocol = PROTOCOL_VERSION
  const answers = await Promise.all(settled.map((one) => one.refusal('room:join', { projectId, protocol })))
  const took = performance.now() - from
  expect(answers.filter((code) => code === 'ok')).toHaveLength(MAX_PEOPLE_IN_ROOM - 1)
  expect(answers.filter((code) => code === 'full')).toHaveLength(1)
  await vi.waitFor(() => expect(events.reduce((sum, count) => sum + count, 0)).toBe(MAX_PEOPLE_IN_ROOM - 1))
  expect(events.length).toBeLessThanOrEqual(took / 100 + 3)
  expect(await refusals(server.url, 'people')).toBeGreaterThan(0)
  for (const one of settled) one.leave()
})

/** Repeats, as slowly as the commands of a second allow, until it is answered with `full`. */
async function untilFull(most: number, ask: (i: number) => Promise<string>): Promise<void> {
  let made = 0
  await vi.waitFor(
    async () => {
      for (;;) {
        const code = await ask(made)
        if (code !== 'ok') {
          expect(code).toBe('full')
          return
        }
        made++
        expect(made).toBeLessThanOrEqual(most)
      }
    },
    { timeout: 30_000, interval: 200 },
  )
}
