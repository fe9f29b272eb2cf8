import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { appendPage, currentPage, findPage, putStroke } from '../../shared/canvas/schema.ts'
import { StoreError } from '../../server/storage/store.ts'
import { newId } from '../../shared/ids/id.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { line, type Client } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { ask } from '../support/http.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

/** Somebody's label of what they draw on a canvas. */
async function labelled(room: HandRoom, by: Client, canvasId: string) {
  const canvas = await room.drawn(by, canvasId)
  const request = {
    canvasId,
    pageId: canvas.pageId,
    classId: room.classId,
    stateVector: canvas.stateVector,
    idempotencyKey: newId(),
  }
  const { drawing } = await by.command('drawing:label', request)
  await vi.waitFor(() => expect(canvas.pageId).not.toBe(request.pageId))
  return { canvas, drawing, request }
}

/** Everything the store has of a canvas, as text to look for a stroke in. */
async function logOf(canvasId: string): Promise<string> {
  const { snapshot, updates } = await server.store.loadCanvas(canvasId)
  return Buffer.concat([snapshot ?? new Uint8Array(), ...updates]).toString('latin1')
}

it('[FORGET-1] a drawing that its author deletes is gone from store, canvas log, lists and training', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, bens, projectId, classId } = room
  const first = await labelled(room, ben, bens)
  const second = await labelled(room, ben, bens)
  const strokeIds = (await server.store.getDrawing(second.drawing.id))?.strokes.map(({ id }) => id) ?? []
  await vi.waitFor(async () => expect(await logOf(bens)).toContain(strokeIds[0]))
  const told = ada.next('drawings:deleted')
  await ben.command('drawing:delete', { drawingId: second.drawing.id })
  const { drawingIds, counts, samples } = await told
  expect(drawingIds).toEqual([second.drawing.id])
  expect(counts.byClass).toEqual({ [classId]: 1 })
  expect(samples.map(({ sample }) => sample?.drawingId)).toEqual([first.drawing.id])
  expect(server.learning.forgotten).toContain(second.drawing.id)
  expect(await server.store.getDrawing(second.drawing.id)).toBeNull()
  for (const id of strokeIds) expect(await logOf(bens)).not.toContain(id)
  const { items } = await ada.command('drawing:list', { userId: ben.userId, limit: 10 })
  expect(items.map(({ id }) => id)).toEqual([first.drawing.id])
  const state = await ada.again().join(projectId)
  expect(state.samples.map(({ drawingId }) => drawingId)).toEqual([first.drawing.id])
  expect(await ben.refusal('drawing:delete', { drawingId: second.drawing.id })).toBe('unknown-drawing')
  const { deletions } = await ada.command('deletions:list', {})
  expect(deletions).toMatchObject([{ kind: 'drawing', byUserId: ben.userId, drawings: 1, userId: null }])
  room.leave()
})

it('[FORGET-2] another editor and a viewer may not delete it, a manager and an owner may, and all are told', async () => {
  const room = await HandRoom.build(server, ['editor', 'editor', 'viewer'])
  const { ada, ben, bens, codes } = room
  const cleo = await room.arrive('Cleo', codes.editor)
  await cleo.join(room.projectId)
  const watcher = await room.arrive('Vic', codes.viewer)
  await watcher.join(room.projectId)
  const { drawing } = await labelled(room, ben, bens)
  expect(await cleo.refusal('drawing:delete', { drawingId: drawing.id })).toBe('forbidden')
  expect(await watcher.refusal('drawing:delete', { drawingId: drawing.id })).toBe('forbidden')
  expect(await watcher.refusal('drawing:list', { limit: 5 })).toBe('forbidden')
  expect(await cleo.refusal('person:delete-drawings', { userId: ben.userId })).toBe('forbidden')
  expect(await server.store.getDrawing(drawing.id)).not.toBeNull()
  const heard = watcher.next('activity:added', ({ kind }) => kind === 'drawing-deleted')
  await ada.command('drawing:delete', { drawingId: drawing.id })
  expect(await heard).toMatchObject({ byUserId: ada.userId, canvasId: bens })
  room.leave()
})

it('[FORGET-3] a deleted drawing comes back neither by its label sent again nor with its page', async () => {
  const room = await HandRoom.build(server)
  const { ben, bens, projectId } = room
  const { canvas, drawing, request } = await labelled(room, ben, bens)
  canvas.provider.disconnect()
  // What somebody who had not heard of it may bring: the page, with what was on it.
  appendPage(canvas.doc, request.pageId)
  const back = currentPage(canvas.doc)
  const strokeId = newId()
  if (back) putStroke(back, strokeId, line([0, 0], [300, 300]))
  await ben.command('drawing:delete', { drawingId: drawing.id })
  expect(await ben.refusal('drawing:label', request)).toBe('unknown-page')
  canvas.provider.connect()
  await vi.waitFor(() => expect(findPage(canvas.doc, request.pageId)).toBeNull())
  expect(await ben.refusal('drawing:label', request)).toBe('unknown-page')
  await vi.waitFor(async () => expect(await room.drawnOn(bens)).not.toContain(strokeId))
  expect((await server.store.countDrawings(projectId)).total).toBe(0)
  room.leave()
})

it('[FORGET-4] a withdrawn drawing goes with its page; what was drawn on it since goes on', async () => {
  const room = await HandRoom.build(server)
  const { ben, bens } = room
  const { canvas, drawing, request } = await labelled(room, ben, bens)
  await ben.command('drawing:withdraw', { drawingId: drawing.id })
  await vi.waitFor(() => expect(canvas.pageId).toBe(request.pageId))
  const [old] = canvas.strokes()
  const late = canvas.draw(line([5, 5], [80, 90]))
  await canvas.roundTrip()
  await ben.command('drawing:delete', { drawingId: drawing.id })
  await vi.waitFor(() => expect(canvas.strokes()).toEqual([late]))
  expect(canvas.pageId).not.toBe(request.pageId)
  expect(await logOf(bens)).not.toContain(old)
  room.leave()
})

it('[FORGET-5] all that a person drew goes, their own canvas begins anew, and what others drew stays', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, bens, projectId, classId } = room
  const shared = (await ada.command('canvas:create', { name: 'All' })).id
  const own = await labelled(room, ben, bens)
  const theirs = await labelled(room, ada, shared)
  const both = await labelled(room, ben, shared)
  own.canvas.draw(line([1, 1], [9, 9]))
  both.canvas.draw(line([2, 2], [9, 9]))
  await Promise.all([own.canvas.roundTrip(), both.canvas.roundTrip()])
  const told = ada.next('canvases:changed', ({ canvases }) => canvases.some(({ id }) => id === bens))
  const emptied = ada.next('canvas:changed', ({ canvasId, turned }) => canvasId === bens && turned)
  const answer = await ben.command('person:delete-drawings', { userId: ben.userId })
  expect(answer.drawings).toBe(2)
  expect((await told).canvases.find(({ id }) => id === bens)?.generation).toBe(2)
  expect(await emptied).toMatchObject({ added: [] })
  expect(await own.canvas.closed).toBe(4404)
  expect(await room.drawnOn(bens)).toEqual([])
  expect(await room.drawnOn(shared)).toHaveLength(1)
  expect((await server.store.countDrawings(projectId)).byClass).toEqual({ [classId]: 1 })
  expect(await server.store.getDrawing(theirs.drawing.id)).not.toBeNull()
  const { deletions } = await ada.command('deletions:list', {})
  expect(deletions).toMatchObject([{ kind: 'person', userId: ben.userId, drawings: 2 }])
  const again = await ben.command('person:delete-drawings', { userId: ben.userId })
  expect(again).toEqual({ drawings: 0, checkpoints: [] })
  expect(await ada.refusal('person:delete-drawings', { userId: newId() })).toBe('unknown-person')
  room.leave()
})

it('[FORGET-6] nothing of an emptied canvas flows back from a copy that was offline, nor after a restart', async () => {
  const room = await HandRoom.build(server)
  const { ben, bens, projectId } = room
  const canvas = await room.drawn(ben, bens)
  const [saved] = canvas.strokes()
  const unsaved = canvas.draw(line([3, 3], [30, 40]))
  canvas.provider.disconnect()
  canvas.draw(line([3, 3], [60, 40]))
  await ben.command('person:delete-drawings', { userId: ben.userId })
  const old = ben.canvas(projectId, `${bens}.1`)
  expect(await old.closed).toBe(4404)
  const anew = await ben.canvas(projectId, `${bens}.2`).synced()
  await vi.waitFor(() => expect(anew.pageId).not.toBe(''))
  const fresh = anew.draw(line([7, 7], [70, 70]))
  await vi.waitFor(async () => expect(await room.drawnOn(bens)).toEqual([fresh]))
  room.leave()
  server = await server.restart()
  const later = ben.again(server.url)
  await later.join(projectId)
  const { snapshots } = await later.command('canvas:snapshot', { canvasIds: [bens] })
  expect(snapshots[0]?.strokes.map(({ id }) => id)).toEqual([fresh])
  for (const id of [saved, unsaved]) expect(await logOf(bens)).not.toContain(id)
  later.leave()
})

it('[FORGET-6] who has a canvas open that could not be emptied reads it anew, and what they draw is kept', async () => {
  const room = await HandRoom.build(server)
  const { ben, bens } = room
  const canvas = await room.drawn(ben, bens)
  const drawn = await room.drawnOn(bens)
  const reset = vi.spyOn(server.store, 'resetCanvas').mockRejectedValueOnce(new StoreError('unavailable', ''))
  expect(await ben.refusal('person:delete-drawings', { userId: ben.userId })).toBe('unavailable')
  expect(reset).toHaveBeenCalledOnce()
  expect(await canvas.closed).toBe(closeCodes.overloaded)
  canvas.draw(line([3, 3], [9, 9]))
  await expect.poll(() => room.drawnOn(bens)).toHaveLength(drawn.length + 1)
  room.leave()
})

it('[FORGET-6] a label that is under way while a canvas is emptied keeps nothing of it', async () => {
  const room = await HandRoom.build(server)
  const { ben, bens, projectId } = room
  const canvas = await room.drawn(ben, bens)
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const { findDrawingByPage } = server.store
  const looking = vi
    .spyOn(server.store, 'findDrawingByPage')
    .mockImplementation((...page) => held.then(() => findDrawingByPage(...page)))
  const labelling = ben.refusal('drawing:label', {
    canvasId: bens,
    pageId: canvas.pageId,
    classId: room.classId,
    stateVector: canvas.stateVector,
    idempotencyKey: newId(),
  })
  await vi.waitFor(() => expect(looking).toHaveBeenCalled())
  await ben.command('person:delete-drawings', { userId: ben.userId })
  letGo()
  expect(await labelling).toBe('unavailable')
  expect((await server.store.findDrawings(projectId, {}, null, 10)).items).toEqual([])
  looking.mockRestore()
  room.leave()
})

it('[FORGET-7] a deleted project is gone for everybody at once, with its codes', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, bens, projectId, codes } = room
  const { canvas } = await labelled(room, ben, bens)
  canvas.draw(line([2, 2], [40, 40]))
  const url = `${server.url}/api/v1/projects/${projectId}`
  const refused = await ask(url, { method: 'DELETE', token: ben.token ?? '' })
  expect(refused.status).toBe(403)
  const told = Promise.all([ada.next('project:deleted'), ben.next('project:deleted')])
  expect((await ask(url, { method: 'DELETE', token: ada.token ?? '' })).status).toBe(204)
  await told
  expect(await canvas.closed).toBe(4404)
  expect(await server.store.getProject(projectId)).toBeNull()
  expect(await server.store.listCanvases(projectId)).toEqual([])
  expect((await server.store.listPredictions(projectId, null, 5)).items).toEqual([])
  expect(await ben.refusal('drawing:list', { limit: 1 })).toBe('invalid')
  const join = { projectId, protocol: PROTOCOL_VERSION }
  expect(await ben.refusal('room:join', join)).toBe('unknown-project')
  expect(await ben.canvas(projectId, `${bens}.1`).closed).toBe(4404)
  const joined = await ask(`${server.url}/api/v1/join`, {
    method: 'POST',
    body: { code: codes.editor },
    token: ben.token ?? '',
  })
  expect(joined.status).toBe(404)
  expect((await ask(url, { method: 'DELETE', token: ada.token ?? '' })).status).toBe(404)
  expect(server.learning.model(projectId)).toBeNull()
  room.leave()
})

it('[FORGET-8] kept guesses are listed with what their drawings are by now, and go with them', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, bens, classId } = room
  const { drawing } = await labelled(room, ben, bens)
  const look = async () => (await ada.command('history:list', { limit: 50 })).items
  await vi.waitFor(async () => expect(await look()).not.toEqual([]), { timeout: 10_000 })
  const [item] = (await look()).filter(({ drawingId }) => drawingId === drawing.id)
  expect(item).toMatchObject({ canvasId: bens, truthClassId: classId })
  expect(item?.guess[0]?.share).toBeGreaterThan(0)
  await ben.command('drawing:delete', { drawingId: drawing.id })
  // Also one that was labelled so lately that its guess waits to be written.
  const lately = await labelled(room, ben, bens)
  await ben.command('drawing:delete', { drawingId: lately.drawing.id })
  const next = await labelled(room, ben, bens)
  await vi.waitFor(
    async () => expect((await look()).map(({ drawingId }) => drawingId)).toContain(next.drawing.id),
    { timeout: 20_000 },
  )
  expect((await look()).map(({ drawingId }) => drawingId)).not.toContain(lately.drawing.id)
  expect((await look()).filter(({ drawingId }) => drawingId === drawing.id)).toEqual([])
  room.leave()
})
