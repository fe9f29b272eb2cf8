import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import {
  appendPage,
  currentPage,
  findPage,
  putStroke,
  removeStroke,
  strokesOf,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import { line } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

it('[LABEL-14] a label takes in what its labeller saw and somebody has put on another page since', async () => {
  const { ben, bens, projectId, classId, leave } = await HandRoom.build(server)
  const canvas = await ben.canvas(projectId, bens).synced()
  const { pageId } = canvas
  const [stays, goes] = [canvas.draw(line([0, 0], [9, 9])), canvas.draw(line([0, 9], [9, 0]))]
  const request = {
    canvasId: bens,
    pageId,
    classId,
    strokeIds: [stays, goes, newId()],
    idempotencyKey: newId(),
  }
  canvas.doc.transact(() => {
    const first = findPage(canvas.doc, pageId)
    appendPage(canvas.doc, 'next')
    const next = currentPage(canvas.doc)
    if (first) removeStroke(first, goes)
    if (next) putStroke(next, goes, line([0, 9], [9, 0]))
  })
  const other = canvas.draw(line([3, 3], [6, 6]))
  await canvas.roundTrip()
  const labelled = ben.next('drawing:labelled')
  const stateVector = Y.encodeStateVector(canvas.doc)
  const { drawing } = await ben.command('drawing:label', { ...request, stateVector })
  expect((await labelled).drawing.id).toBe(drawing.id)
  await canvas.roundTrip()
  expect(canvas.strokes()).toEqual([other])
  const stored = await server.store.getDrawing(drawing.id)
  expect(stored?.strokes.map(({ id }) => id).sort()).toEqual([stays, goes].sort())
  expect(stored?.contributorIds).toHaveLength(1)
  leave()
})

it('[LABEL-15] a page that comes back although its drawing stands is dropped again, and what is new on it goes on', async () => {
  const { ben, bens, projectId, classId, leave } = await HandRoom.build(server)
  const canvas = await ben.canvas(projectId, bens).synced()
  const { pageId } = canvas
  const drawn = canvas.draw(line([0, 0], [9, 9]))
  await canvas.roundTrip()
  const stateVector = Y.encodeStateVector(canvas.doc)
  await ben.command('drawing:label', {
    canvasId: bens,
    pageId,
    classId,
    stateVector,
    idempotencyKey: newId(),
  })
  await vi.waitFor(() => expect(canvas.pageId).not.toBe(pageId))
  canvas.provider.disconnect()
  appendPage(canvas.doc, pageId)
  const back = currentPage(canvas.doc)
  if (back) putStroke(back, drawn, line([0, 0], [9, 9]))
  const late = canvas.draw(line([5, 5], [6, 6]))
  canvas.provider.connect()
  await vi.waitFor(() => {
    expect(findPage(canvas.doc, pageId)).toBeNull()
    const page = currentPage(canvas.doc)
    expect([...((page && strokesOf(page))?.keys() ?? [])]).toEqual([late])
  })
  leave()
})
