import * as Y from 'yjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Store } from '../../../server/storage/store.ts'
import { newId } from '../../../shared/ids/id.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { Client, line, type CanvasClient } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
const faults = { load: false, append: false, refused: 0, held: Promise.resolve() }
const faulty = (store: Store): Store => ({
  ...store,
  loadCanvas: (id) => (faults.load ? Promise.reject(new Error('cannot read')) : store.loadCanvas(id)),
  appendCanvas: async (...words) => {
    await faults.held
    if (!faults.append) return store.appendCanvas(...words)
    faults.refused++
    throw new Error('disk full')
  },
})
beforeAll(async () => {
  server = await startRoomServer(faulty)
})
afterAll(() => server.stop())

async function ownersRoom() {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const room = await ada.join(project.id)
  return { ada, projectId: project.id, codes, canvasId: room.you.canvasId ?? '' }
}

async function member(code: string | null, name = 'Ben'): Promise<Client> {
  const client = await Client.arrive(server.url, name)
  await client.joinByCode(code)
  return client
}

/** A small seeded sequence in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

describe('canvases over the y-websocket protocol', () => {
  it('[SYNC-1] several editors on one canvas converge, also one who was away meanwhile', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const people = [ada, await member(codes.editor), await member(codes.editor)]
    const canvases = await Promise.all(people.map((one) => one.canvas(projectId, `${canvasId}.1`).synced()))
    const random = seeded(7)
    const drawn: string[] = []
    const [, , away] = canvases
    for (let i = 0; i < 30; i++) {
      if (i === 10) away?.provider.disconnect()
      if (i === 20) away?.provider.connect()
      const canvas = canvases[Math.floor(random() * canvases.length)]
      const end = [random() * 1_000, random() * 1_000] as const
      if (canvas) drawn.push(canvas.draw(line([500, 500], end, 5)))
    }
    await vi.waitFor(() => {
      for (const canvas of canvases) expect(new Set(canvas.strokes())).toEqual(new Set(drawn))
    })
    const contents = canvases.map((canvas) => canvas.content())
    expect(contents[1]).toEqual(contents[0])
    expect(contents[2]).toEqual(contents[0])
    for (const one of people) one.leave()
  })

  it('[SYNC-2] what a viewer writes reaches nobody, and a viewer sees everything', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const vic = await member(codes.viewer)
    const [mine, watched] = await Promise.all(
      [ada, vic].map((one) => one.canvas(projectId, canvasId).synced()),
    )
    watched?.draw(line([0, 0], [9, 9]))
    const drawn = mine?.draw(line([0, 0], [50, 50])) ?? ''
    await vi.waitFor(() => expect(watched?.strokes()).toContain(drawn))
    // The viewer's own stroke was sent before the other one arrived there.
    const late = await ada.again().canvas(projectId, canvasId).synced()
    expect(late.strokes()).toEqual([drawn])
    expect(mine?.strokes()).toEqual([drawn])
    late.leave()
    ada.leave()
    vic.leave()
  })

  it('[SYNC-3] who may not connect is told why by the close code', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const stranger = await Client.arrive(server.url, 'Eve')
    expect(await Client.nobody(server.url).canvas(projectId, canvasId).closed).toBe(4401)
    expect(await stranger.canvas(projectId, canvasId).closed).toBe(4403)
    expect(await ada.canvas(projectId, newId()).closed).toBe(4404)
    expect(await ada.canvas(newId(), canvasId).closed).toBe(4404)
    expect(await ada.canvas(projectId, `${canvasId}.2`).closed).toBe(4404)
    const byQuery = await ada.canvas(projectId, canvasId, 'query').synced()
    expect(byQuery.strokes()).toEqual([])
    ada.leave()
    stranger.leave()
  })

  it('[SYNC-4] canvas:saved comes when the store has the strokes, and covers them', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    faults.append = true
    canvas.draw(line([0, 0], [50, 50]))
    const clock = (vector: Uint8Array): number => Y.decodeStateVector(vector).get(canvas.doc.clientID) ?? 0
    const wanted = clock(canvas.stateVector)
    const covering = ada.next('canvas:saved', ({ stateVector }) => clock(stateVector) >= wanted)
    let told = false
    void covering.then(() => (told = true))
    const refusedBefore = faults.refused
    await vi.waitFor(() => expect(faults.refused).toBeGreaterThan(refusedBefore), { timeout: 5_000 })
    const before = await ada.command('canvas:saved?', { canvasId })
    expect(clock(before.stateVector)).toBe(0)
    expect(told).toBe(false)
    faults.append = false
    expect((await covering).canvasId).toBe(canvasId)
    const after = await ada.command('canvas:saved?', { canvasId })
    expect(clock(after.stateVector)).toBeGreaterThanOrEqual(wanted)
    expect((await server.store.loadCanvas(canvasId)).position).toBeGreaterThan(0)
    ada.leave()
  })

  it('[SYNC-5] an update that is no canvas content closes with 4409 and changes nothing', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const ben = await member(codes.editor)
    const write: ((canvas: CanvasClient) => void)[] = [
      ({ doc }) => doc.getMap('labels').set('cat', 1),
      ({ doc }) => doc.getText('pages').insert(0, 'hello'),
      // Its reason is longer than a close frame takes.
      ({ doc }) => doc.getMap('\u{1f4a5}'.repeat(40)).set('cat', 1),
      ({ doc }) => (doc.getArray('pages').get(0) as Y.Map<unknown>).set('note', { deep: true }),
      ({ doc }) => {
        const strokes = (doc.getArray('pages').get(0) as Y.Map<Y.Map<unknown>>).get('strokes')
        strokes?.set('s1', Uint8Array.of(1, 2, 3))
      },
    ]
    for (const each of write) {
      const canvas = await ben.canvas(projectId, canvasId).synced()
      each(canvas)
      expect(await canvas.closed).toBe(4409)
    }
    const canvas = await ada.canvas(projectId, canvasId).synced()
    expect(canvas.strokes()).toEqual([])
    expect([...canvas.doc.share.keys()]).toEqual(['pages'])
    ada.leave()
    ben.leave()
  })

  it('[SYNC-6] a canvas that cannot be read is refused, and is whole once it can be', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const saved = ada.next('canvas:saved')
    const drawn = canvas.draw(line([0, 0], [50, 50]))
    await saved
    canvas.leave()
    ada.leave()
    server = await server.restart()
    const back = ada.again(server.url)
    faults.load = true
    const refused = back.canvas(projectId, canvasId)
    expect(await refused.closed).toBe(1013)
    refused.leave()
    await back.join(projectId)
    expect(await back.refusal('canvas:saved?', { canvasId })).toBe('unavailable')
    faults.load = false
    const whole = await back.canvas(projectId, canvasId).synced()
    expect(whole.strokes()).toEqual([drawn])
    back.leave()
  })

  it('[SYNC-7] a changed role closes with 4409, and the new one holds on the next connection', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const vic = await member(codes.viewer)
    await vic.join(projectId)
    const watching = await vic.canvas(projectId, canvasId).synced()
    const told = vic.next('you:role')
    await ada.command('person:role', { userId: vic.userId, role: 'owner' })
    expect(await watching.closed).toBe(4409)
    expect((await told).role).toBe('owner')
    const drawing = await vic.canvas(projectId, canvasId).synced()
    const stroke = drawing.draw(line([0, 0], [50, 50]))
    const seen = await ada.canvas(projectId, canvasId).synced()
    await vi.waitFor(() => expect(seen.strokes()).toEqual([stroke]))
    await ada.command('person:role', { userId: vic.userId, role: 'viewer' })
    expect(await drawing.closed).toBe(4409)
    ada.leave()
    vic.leave()
  })

  it('[SYNC-8] strokes of a client id bound to somebody else are refused', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const ben = await member(codes.editor)
    const mine = await ada.canvas(projectId, canvasId).synced()
    const forged = await ben.canvas(projectId, canvasId).synced()
    mine.draw(line([0, 0], [50, 50]))
    await vi.waitFor(() => expect(forged.strokes()).toHaveLength(1))
    const { clientID } = forged.doc
    forged.doc.clientID = mine.doc.clientID
    forged.draw(line([0, 0], [70, 70]))
    expect(await forged.closed).toBe(4409)
    forged.doc.clientID = clientID
    expect(mine.strokes()).toHaveLength(1)
    ada.leave()
    ben.leave()
  })

  it('[SYNC-9] a stop closes with 1012, and a restart has all that was drawn', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const drawn = Array.from({ length: 5 }, (_, i) => canvas.draw(line([0, 0], [50 + i, 50], 5 + i)))
    await vi.waitFor(async () => {
      const { snapshots } = await ada.command('canvas:snapshot', { canvasIds: [canvasId] })
      expect(snapshots[0]?.strokes).toHaveLength(5)
    })
    const closing = ada.next('room:closing')
    server = await server.restart()
    expect(await closing).toEqual({ retry: true, spreadMs: 15 })
    expect(await canvas.closed).toBe(1012)
    canvas.leave()
    const back = ada.again(server.url)
    const again = await back.canvas(projectId, canvasId).synced()
    expect(new Set(again.strokes())).toEqual(new Set(drawn))
    back.leave()
  })

  it('[SYNC-13] whose membership ends is let go with 4403, hears no more and cannot come back without a code', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const ben = await member(codes.editor)
    await ben.join(projectId)
    const drawing = await ben.canvas(projectId, canvasId).synced()
    const told = ben.next('you:role')
    const left = ada.next('people:changed', ({ left }) => left.length > 0)
    await ada.command('person:remove', { userId: ben.userId })
    expect(await drawing.closed).toBe(4403)
    expect(await told).toEqual({ role: null })
    expect((await left).left).toEqual([ben.userId])
    const heard: string[] = []
    ben.socket.onAny((event: string) => heard.push(event))
    await ada.command('canvas:create', { name: 'Without Ben' })
    expect(await ben.refusal('canvas:snapshot', { canvasIds: [canvasId] })).toBe('invalid')
    expect(heard.filter((event) => event === 'canvases:changed')).toEqual([])
    expect(await ben.refusal('room:join', { projectId, protocol: PROTOCOL_VERSION })).toBe('forbidden')
    expect(await ben.canvas(projectId, canvasId).closed).toBe(4403)
    expect(await ada.refusal('person:remove', { userId: ben.userId })).toBe('unknown-person')
    expect(await ada.refusal('person:remove', { userId: ada.userId })).toBe('conflict')
    await ben.joinByCode(codes.editor)
    expect((await ben.join(projectId)).you.role).toBe('editor')
    ada.leave()
    ben.leave()
  })

  it('[SYNC-14] a stop saves and says so before it lets people go; what they draw meanwhile ends with 1012', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const ben = await member(codes.editor)
    const mine = await ada.canvas(projectId, canvasId).synced()
    const bens = await ben.canvas(projectId, canvasId).synced()
    let letGo = (): void => undefined
    faults.held = new Promise((resolve) => (letGo = resolve))
    const drawn = mine.draw(line([0, 0], [50, 50]))
    await vi.waitFor(() => expect(bens.strokes()).toEqual([drawn]))
    const clock = (vector: Uint8Array): number => Y.decodeStateVector(vector).get(mine.doc.clientID) ?? 0
    const wanted = clock(mine.stateVector)
    const saved = ada.next('canvas:saved', ({ stateVector }) => clock(stateVector) >= wanted)
    const closing = ada.next('room:closing')
    const stopped = server.app.stop()
    await closing
    const late = bens.draw(line([0, 0], [90, 90]))
    expect(await bens.closed).toBe(1012)
    expect(await ada.refusal('canvas:create', { name: 'Too late' })).toBe('stopping')
    letGo()
    expect((await saved).canvasId).toBe(canvasId)
    expect(await mine.closed).toBe(1012)
    expect(await stopped).toMatchObject({ clean: true })
    server = await server.restart()
    const back = ada.again(server.url)
    const again = await back.canvas(projectId, canvasId).synced()
    expect(again.strokes()).toEqual([drawn])
    // Whoever drew it still has it, and brings it on coming back.
    expect(bens.strokes()).toContain(late)
    for (const one of [ada, ben, back]) one.leave()
  })
})
