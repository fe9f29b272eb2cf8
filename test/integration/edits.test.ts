import { afterAll, beforeAll, expect, it } from 'vitest'
import { fromBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke } from '../../shared/canvas/codec.ts'
import {
  currentPage,
  cutStroke,
  moveStroke,
  readStrokes,
  strokesOf,
  type Page,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import type { WireStroke } from '../../shared/protocol/events.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

function pageOf({ doc }: CanvasClient): Page {
  const page = currentPage(doc)
  if (!page) throw new Error('no page')
  return page
}

/** Where each stroke begins and ends: x, y, x, y. */
function ends(strokes: readonly WireStroke[]): number[][] {
  return strokes.map(({ base64 }) => {
    const { xs, ys } = decodeStroke(fromBase64(base64))
    return [xs[0] ?? 0, ys[0] ?? 0, xs.at(-1) ?? 0, ys.at(-1) ?? 0]
  })
}

it('[EDIT-4] the snapshot, the tiles and the stored drawing hold what two people made of a stroke, under its drawer', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const ben = await Client.arrive(server.url, 'Ben')
  const { project, codes } = await ada.create('empty', ['cat'])
  const projectId = project.id
  await ben.joinByCode(codes.editor)
  await ada.join(projectId)
  await ben.join(projectId)
  const { id: canvasId } = await ada.command('canvas:create', { name: 'Ours' })
  const adas = await ada.canvas(projectId, canvasId).synced()
  const bens = await ben.canvas(projectId, canvasId).synced()

  // A point every 10 pixels from (0, 100) to (400, 100).
  const strokeId = adas.draw(line([0, 100], [400, 100], 41))
  await expect.poll(() => bens.strokes()).toEqual([strokeId])
  const told = ada.next('canvas:changed', ({ added }) => added.some(({ id }) => id.endsWith('p1')))
  bens.doc.transact(() => cutStroke(pageOf(bens), strokeId, 'bens', { from: 10, to: 15 }))
  adas.doc.transact(() => {
    cutStroke(pageOf(adas), strokeId, 'adas', { from: 12, to: 20 })
    moveStroke(pageOf(adas), strokeId, { dx: 0, dy: 50 })
  })
  const left = [
    [0, 150, 100, 150],
    [200, 150, 400, 150],
  ]
  const pieces = [`${strokeId}p0`, `${strokeId}p1`]
  await expect.poll(() => adas.strokes()).toEqual(pieces)
  await told
  for (const canvas of [adas, bens]) {
    await expect
      .poll(() =>
        readStrokes(pageOf(canvas)).map(({ stroke: { xs, ys } }) => [xs[0], ys[0], xs.at(-1), ys.at(-1)]),
      )
      .toEqual(left)
  }
  await expect
    .poll(async () => {
      const { snapshots } = await ben.command('canvas:snapshot', { canvasIds: [canvasId] })
      return snapshots.map(({ strokes }) => [strokes.map(({ id }) => id), ends(strokes)])
    })
    .toEqual([[pieces, left]])

  // Who only changed it has not drawn it.
  const { pageId, stateVector } = bens
  const asked = { canvasId, pageId, stateVector, idempotencyKey: newId() }
  expect(await ben.refusal('drawing:keep', asked)).toBe('forbidden')
  const kept = await ada.command('drawing:keep', asked)
  expect(kept.drawing.contributorIds).toEqual([ada.userId])
  const { items } = await ada.command('drawing:to-sort', { limit: 5 })
  expect(items.map(({ strokes }) => ends(strokes))).toEqual([left])

  // Taken back, the drawing can be changed again.
  await ada.command('drawing:withdraw', { drawingId: kept.drawing.id })
  await expect.poll(() => strokesOf(pageOf(bens))?.has(pieces[0] ?? '')).toBe(true)
  bens.doc.transact(() => moveStroke(pageOf(bens), pieces[0] ?? '', { dx: 8, dy: 0 }))
  await expect.poll(() => readStrokes(pageOf(adas))[0]?.stroke.xs[0]).toBe(8)
  for (const client of [ada, ben]) client.leave()
})

it('[EDIT-5] a value that is no move and no cut ends the connection, and nothing of it is kept', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('empty', ['cat'])
  await ada.join(project.id)
  const { id: canvasId } = await ada.command('canvas:create', { name: 'Ours' })
  const canvas = await ada.canvas(project.id, canvasId).synced()
  const strokeId = canvas.draw(line([0, 100], [400, 100], 41))
  await canvas.roundTrip()
  strokesOf(pageOf(canvas))?.set(`${strokeId}.at`, Uint8Array.of(2, 1, 2, 3, 4))
  expect(await canvas.closed).toBe(4409)
  const { snapshots } = await ada.command('canvas:snapshot', { canvasIds: [canvasId] })
  expect(snapshots[0] && ends(snapshots[0].strokes)).toEqual([[0, 100, 400, 100]])
  ada.leave()
})
