import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { appendPage } from '../../../shared/canvas/schema.ts'
import * as Y from 'yjs'
import { newId } from '../../../shared/ids/id.ts'
import { Client } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

/** A room with so many shared canvases, each of which holds these strokes. */
async function room(count: number, strokes: ReadonlyMap<string, Uint8Array>) {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('empty', ['cat'])
  const doc = new Y.Doc()
  appendPage(doc, newId(), strokes)
  const update = Y.encodeStateAsUpdate(doc)
  const named = { projectId: project.id, ownerId: null, openTo: 'all', generation: 1, createdAt: 1 } as const
  const canvasIds = Array.from({ length: count }, () => newId())
  for (const id of canvasIds) {
    await server.store.putCanvas({ ...named, id, name: 'Shared', deleted: false })
    await server.store.appendCanvas(id, update, [])
  }
  await ada.join(project.id)
  return { ada, canvasIds }
}

it('[ROOM-15] one answer brings at most 40 canvases into memory, and names the rest', async () => {
  const { ada, canvasIds } = await room(45, new Map())
  const first = await ada.command('canvas:snapshot', { canvasIds: [...canvasIds, ...canvasIds, newId()] })
  expect(first.snapshots.map(({ canvasId }) => canvasId)).toEqual(canvasIds.slice(0, 40))
  expect(first.rest).toEqual(canvasIds.slice(40))
  const second = await ada.command('canvas:snapshot', { canvasIds: [...first.rest] })
  expect(second.snapshots).toHaveLength(5)
  expect(second.rest).toEqual([])
  // What is in memory already brings nothing in.
  expect((await ada.command('canvas:snapshot', { canvasIds })).rest).toEqual([])
  ada.leave()
})

it('[ROOM-15] an answer stops at its bytes, with one page at least, and names the rest', async () => {
  const xs = Float32Array.from({ length: 4_000 }, (_, i) => (i % 2) * 2_500 - 500)
  const bytes = encodeStroke({ at: 1.7e12, xs, ys: xs, pressures: null, times: null })
  const { ada, canvasIds } = await room(
    5,
    new Map(Array.from({ length: 36 }, (_, i) => [`s${String(i)}`, bytes])),
  )
  const sizes: number[] = []
  const seen: string[] = []
  for (let left: readonly string[] = canvasIds; left.length > 0;) {
    const { snapshots, rest } = await ada.command('canvas:snapshot', { canvasIds: [...left] })
    sizes.push(JSON.stringify(snapshots).length)
    seen.push(...snapshots.map(({ canvasId }) => canvasId))
    expect(snapshots.length).toBeGreaterThan(0)
    left = rest
  }
  expect(seen).toEqual(canvasIds)
  expect(sizes.length).toBe(3)
  expect(Math.max(...sizes)).toBeLessThan(3_400_000)
  ada.leave()
})
