import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { MAX_STROKES_PER_PAGE } from '../../shared/canvas/limits.ts'
import { line } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

it('[SYNC-32] a page that is drawn full is followed by a clean one and kept in To sort, with all its strokes', async () => {
  const { ben, bens, projectId, leave } = await HandRoom.build(server)
  const canvas = await ben.canvas(projectId, bens).synced()
  const first = canvas.pageId
  const kept = ben.next('drawing:labelled')
  const drawn: string[] = []
  canvas.doc.transact(() => {
    for (let i = 0; i < MAX_STROKES_PER_PAGE; i++) drawn.push(canvas.draw(line([i, 0], [i, 50], 3)))
  })
  await vi.waitFor(() => expect(canvas.pageId).not.toBe(first))
  expect((await kept).drawing).toMatchObject({ pageId: first, classId: null })
  const { items } = await ben.command('drawing:to-sort', { limit: 1 })
  expect(items[0]?.strokes.map(({ id }) => id).sort()).toEqual(drawn.sort())
  const next = canvas.draw(line([0, 0], [9, 9]))
  await canvas.roundTrip()
  expect(canvas.strokes()).toEqual([next])
  leave()
})
