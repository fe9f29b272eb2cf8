import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newId } from '../../../shared/ids/id.ts'
import { decodeRoomInk, type InkMessage, type InkTail } from '../../../shared/protocol/ink.ts'
import { Client, line } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'
import { SlowReader } from '../../support/slow-reader.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

/** A room with two shared canvases, somebody who draws and somebody who looks on. */
async function room() {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat', 'dog'])
  await ada.join(project.id)
  const one = await ada.command('canvas:create', { name: 'One' })
  const two = await ada.command('canvas:create', { name: 'Two' })
  const vic = await Client.arrive(server.url, 'Vic')
  await vic.joinByCode(codes.viewer)
  await vic.join(project.id)
  return { ada, vic, projectId: project.id, codes, one: one.id, two: two.id }
}

function tail(canvasId: string, strokeId: string, count: number, start = 0, pageId = 'p1'): InkTail {
  const xs = Float32Array.from({ length: count }, (_, i) => (start + i) * 2)
  return { kind: 'tail', canvasId, pageId, strokeId, start, xs, ys: xs }
}

function hear(client: Client, event: 'ink' | 'ink:tiles'): InkMessage[] {
  const heard: InkMessage[] = []
  client.socket.on(event, (batch) => {
    heard.push(...decodeRoomInk(new Uint8Array(batch)).map(({ message }) => message))
  })
  return heard
}

it('[TILE-1] full ink comes of the open canvas, thinned ink and changes of the tiles that show, else nothing', async () => {
  const { ada, vic, projectId, one, two } = await room()
  const [full, thin] = [hear(vic, 'ink'), hear(vic, 'ink:tiles')]
  ada.ink(tail(two, 'before', 4))
  await vi.waitFor(() => expect(full).toHaveLength(1))
  await vic.command('tiles:watch', { canvasIds: [two] })
  await vic.command('canvas:open', { canvasId: one })
  expect(await vic.refusal('tiles:watch', { canvasIds: [newId()] })).toBe('unknown-canvas')
  // What was drawn before comes whole, as the tile shows it.
  await vi.waitFor(() => expect(thin).toMatchObject([{ strokeId: 'before', start: 0 }]))
  ada.ink(tail(one, 's1', 60), tail(two, 's2', 60), { kind: 'cursor', canvasId: two, x: 1, y: 1 })
  ada.ink({ kind: 'ended', canvasId: two, strokeId: 's2' })
  await vi.waitFor(() => expect(thin).toHaveLength(3))
  await vi.waitFor(() => expect(full).toHaveLength(2))
  expect(full[1]).toMatchObject({ canvasId: one, strokeId: 's1' })
  expect(full[1]?.kind === 'tail' && full[1].xs.length).toBe(60)
  expect(thin.slice(1).map(({ kind, canvasId }) => `${kind} ${canvasId}`)).toEqual([
    `tail ${two}`,
    `ended ${two}`,
  ])
  expect(thin[1]?.kind === 'tail' && thin[1].xs.length).toBeLessThan(15)
  const changes: string[] = []
  vic.socket.on('canvas:changed', ({ canvasId }) => changes.push(canvasId))
  const [first, second] = [
    await ada.canvas(projectId, one).synced(),
    await ada.canvas(projectId, two).synced(),
  ]
  first.draw(line([1, 1], [300, 300]))
  await first.roundTrip()
  second.draw(line([1, 1], [300, 300]))
  await vi.waitFor(() => expect(changes).toContain(two))
  expect(new Set(changes)).toEqual(new Set([two]))
  await vic.command('tiles:watch', { canvasIds: [] })
  ada.ink(tail(two, 's3', 60), tail(one, 's4', 3))
  await vi.waitFor(() => expect(full).toHaveLength(3))
  expect(thin).toHaveLength(3)
  for (const client of [ada, vic]) client.leave()
})

it('[PRES-4] cursors come at most ten times a second, the newest of each person', async () => {
  const { ada, vic, one } = await room()
  const heard: { at: number; x: number }[] = []
  vic.socket.on('ink', (batch) => {
    for (const { message } of decodeRoomInk(new Uint8Array(batch)))
      if (message.kind === 'cursor') heard.push({ at: performance.now(), x: message.x })
  })
  const from = performance.now()
  let x = 0
  const moving = setInterval(() => ada.ink({ kind: 'cursor', canvasId: one, x: ++x, y: 0 }), 25)
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(6), { timeout: 5_000 })
  clearInterval(moving)
  expect(heard.length).toBeLessThanOrEqual((performance.now() - from) / 100 + 2)
  await vi.waitFor(() => expect(heard.at(-1)?.x).toBe(x))
  for (const client of [ada, vic]) client.leave()
})

it('[SLOW-1] who does not read slows nobody and, when they read again, gets the strokes in progress whole', async () => {
  const { ada, vic, projectId, codes, one, two } = await room()
  const eve = await Client.arrive(server.url, 'Eve')
  await eve.joinByCode(codes.viewer)
  const slow = await SlowReader.enter(eve, projectId)
  const canvas = await ada.canvas(projectId, one).synced()
  const { pageId } = canvas
  const heard = hear(vic, 'ink')
  slow.pause()
  // Of a canvas that nobody has open nothing is remembered: it only fills the way to those who do not read.
  const bulk = Array.from({ length: 12 }, (_, i) => tail(two, `bulk${String(i)}`, 512, 0))
  const writers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const writer = await Client.arrive(server.url, 'Writer')
      await writer.joinByCode(codes.editor)
      await writer.join(projectId)
      return writer
    }),
  )
  let sent = 0
  const before = (await metrics()).get('left_out') ?? 0
  await vi.waitFor(
    async () => {
      for (const writer of writers) writer.ink(...bulk)
      sent += 1
      ada.ink(tail(one, 'live', 2, sent * 2, pageId))
      const leftOut = (await metrics()).get('left_out') ?? 0
      expect(leftOut).toBeGreaterThan(before)
    },
    { timeout: 60_000, interval: 30 },
  )
  ada.ink(tail(one, 'live', 2, (sent + 1) * 2, pageId))
  const points = (sent + 2) * 2
  const whole = (message: InkMessage): boolean =>
    message.kind === 'tail' && message.strokeId === 'live' && message.start + message.xs.length === points
  await vi.waitFor(() => expect(heard.some(whole)).toBe(true), { timeout: 20_000 })
  expect(slow.ink.some(({ message }) => whole(message))).toBe(false)
  slow.resume()
  await vi.waitFor(
    () => {
      const live = slow.ink.map(({ message }) => message).filter(isLive)
      expect(live.some(({ start, xs }) => start === 0 && xs.length === points)).toBe(true)
    },
    { timeout: 20_000 },
  )
  slow.leave()
  for (const client of [ada, vic, eve, ...writers]) client.leave()
})

it('[SLOW-2] who does not read what may not be left out is cut off, and counted', async () => {
  const { ada, vic, projectId, codes, one } = await room()
  const eve = await Client.arrive(server.url, 'Eve')
  await eve.joinByCode(codes.viewer)
  const canvas = await ada.canvas(projectId, one).synced()
  for (let i = 0; i < 60; i++) canvas.draw(line([0, i], [1_000, 1_000 - i], 2_000))
  await canvas.roundTrip()
  const before = (await metrics()).get('slow-reader') ?? 0
  const slow = await SlowReader.enter(eve, projectId)
  slow.pause()
  await vi.waitFor(
    async () => {
      for (let i = 0; i < 15; i++) slow.ask('canvas:snapshot', { canvasIds: [one] })
      expect((await metrics()).get('slow-reader')).toBe(before + 1)
    },
    { timeout: 60_000, interval: 500 },
  )
  slow.resume()
  await slow.closed
  expect(await vic.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok')
  for (const client of [ada, vic, eve]) client.leave()
})

function isLive(message: InkMessage): message is InkTail {
  return message.kind === 'tail' && message.strokeId === 'live'
}

/** Counters by name; refusals by their limit, events by their name. */
async function metrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const lines = [...text.matchAll(/^(\w+)(?:\{(?:limit|event)="([\w-]+)"\})? (\d+)$/gm)]
  return new Map(lines.map(([, name = '', label, value]) => [label ?? name, Number(value)]))
}
