import * as Y from 'yjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Client, line } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'
import { StoreError, type Store } from '../../../server/storage/store.ts'
import { currentPage, readStrokes } from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { CanvasClient } from '../../support/clients.ts'
import type { RoomState } from '../../../shared/protocol/events.ts'

let server: RoomServer
const faults = { add: false }
const faulty = (store: Store): Store => ({
  ...store,
  addDrawing: (...words) =>
    faults.add
      ? Promise.reject(new StoreError('unavailable', 'the disk is full'))
      : store.addDrawing(...words),
})
beforeAll(async () => {
  server = await startRoomServer(faulty)
})
afterAll(() => server.stop())

interface Drawer {
  readonly client: Client
  readonly room: RoomState
  readonly canvas: CanvasClient
  readonly canvasId: string
  readonly projectId: string
}

async function drawerIn(projectId: string, client: Client): Promise<Drawer> {
  const room = await client.join(projectId)
  const canvasId = room.you.canvasId ?? ''
  const canvas = await client.canvas(projectId, canvasId).synced()
  return { client, room, canvas, canvasId, projectId }
}

async function owner(): Promise<Drawer & { editorCode: string | null; viewerCode: string | null }> {
  const client = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await client.create('empty', ['cat', 'dog'])
  return { ...(await drawerIn(project.id, client)), editorCode: codes.editor, viewerCode: codes.viewer }
}

async function editor(code: string | null): Promise<Drawer> {
  const client = await Client.arrive(server.url, 'Ben')
  const { projectId } = await client.joinByCode(code)
  return drawerIn(projectId, client)
}

function labelOf({ canvas, canvasId, room }: Drawer, key = newId(), classIndex = 0) {
  return {
    canvasId,
    pageId: canvas.pageId,
    classId: room.classes[classIndex]?.id ?? '',
    stateVector: canvas.stateVector,
    idempotencyKey: key,
  }
}

describe('labels', () => {
  it('[LABEL-1] a label is stored before it is acknowledged, counted, told to the room and learned from', async () => {
    const ada = await owner()
    const ben = await editor(ada.editorCode)
    ada.canvas.draw(line([100, 100], [500, 500]))
    const told = ben.client.next('drawing:labelled')
    const { drawing, counts } = await ada.client.command('drawing:label', labelOf(ada))
    const stored = await server.store.getDrawing(drawing.id)
    expect(stored?.classId).toBe(ada.room.classes[0]?.id)
    expect(stored?.strokes).toHaveLength(1)
    expect(drawing.contributorIds).toEqual([ada.client.userId])
    expect(counts.byClass[ada.room.classes[0]?.id ?? '']).toBe(1)
    expect((await told).drawing.id).toBe(drawing.id)
    expect(server.learning.learned.some(({ id }) => id === drawing.id)).toBe(true)
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([]))
    ada.client.leave()
    ben.client.leave()
  })

  it('[LABEL-2] the same key twice is one drawing, also when both are under way at once', async () => {
    const ada = await owner()
    ada.canvas.draw(line([0, 0], [300, 300]))
    const request = labelOf(ada)
    const [first, second] = await Promise.all([
      ada.client.command('drawing:label', request),
      ada.client.command('drawing:label', request),
    ])
    const third = await ada.client.command('drawing:label', request)
    expect(second.drawing.id).toBe(first.drawing.id)
    expect(third.drawing.id).toBe(first.drawing.id)
    expect((await server.store.countDrawings(ada.projectId)).total).toBe(1)
    ada.client.leave()
  })

  it('[LABEL-11] two people who label the same page at once make one drawing of it', async () => {
    const ada = await owner()
    const ben = await editor(ada.editorCode)
    ada.canvas.draw(line([0, 0], [300, 300]))
    const request = labelOf(ada)
    const shared = await ben.client.canvas(ada.projectId, ada.canvasId).synced()
    await vi.waitFor(() => expect(shared.strokes()).toHaveLength(1))
    await ada.client.command('person:role', { userId: ben.client.userId, role: 'owner' })
    const replies = await Promise.all(
      [ada, ben].map(({ client, room }, i) =>
        client.refusal('drawing:label', {
          ...request,
          classId: room.classes[i]?.id ?? '',
          idempotencyKey: newId(),
        }),
      ),
    )
    expect(replies.sort()).toEqual(['conflict', 'ok'])
    expect((await server.store.countDrawings(ada.projectId)).total).toBe(1)
    ada.client.leave()
    ben.client.leave()
  })

  it('[LABEL-12] a label that the store cannot take now is refused as such, and the same one is taken later', async () => {
    const ada = await owner()
    ada.canvas.draw(line([0, 0], [300, 300]))
    const request = labelOf(ada)
    faults.add = true
    expect(await ada.client.refusal('drawing:label', request)).toBe('unavailable')
    expect(ada.canvas.strokes()).toHaveLength(1)
    faults.add = false
    await ada.client.command('drawing:label', request)
    expect((await server.store.countDrawings(ada.projectId)).total).toBe(1)
    ada.client.leave()
  })

  it('[LABEL-13] a withdrawal is answered when the store has the page that came back', async () => {
    const ada = await owner()
    const drawn = ada.canvas.draw(line([0, 0], [300, 300]))
    const { drawing } = await ada.client.command('drawing:label', labelOf(ada))
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([]))
    await ada.client.command('drawing:withdraw', { drawingId: drawing.id })
    const { snapshot, updates } = await server.store.loadCanvas(ada.canvasId)
    const stored = new Y.Doc()
    for (const update of [...(snapshot ? [snapshot] : []), ...updates]) Y.applyUpdate(stored, update)
    const page = currentPage(stored)
    expect(page && readStrokes(page).map(({ id }) => id)).toEqual([drawn])
    ada.client.leave()
  })

  it('[LABEL-3] a label waits for the strokes it names and is refused when they do not come', async () => {
    const ada = await owner()
    ada.canvas.draw(line([0, 0], [300, 300]))
    const request = labelOf(ada)
    await vi.waitFor(async () => {
      const { snapshots } = await ada.client.command('canvas:snapshot', { canvasIds: [ada.canvasId] })
      expect(snapshots[0]?.strokes).toHaveLength(1)
    })
    ada.canvas.provider.disconnect()
    ada.canvas.draw(line([300, 300], [600, 100]))
    const late = { ...request, stateVector: ada.canvas.stateVector }
    expect(await ada.client.refusal('drawing:label', late)).toBe('strokes-missing')
    const waiting = ada.client.command('drawing:label', { ...late, idempotencyKey: newId() })
    ada.canvas.provider.connect()
    const { drawing } = await waiting
    expect((await server.store.getDrawing(drawing.id))?.strokes).toHaveLength(2)
    ada.client.leave()
  })

  it('[LABEL-4] an empty page, an unknown page, class or canvas and a broken payload are refused by name', async () => {
    const ada = await owner()
    const request = labelOf(ada)
    expect(await ada.client.refusal('drawing:label', request)).toBe('empty-drawing')
    ada.canvas.draw(line([0, 0], [300, 300]))
    const drawn = labelOf(ada)
    expect(await ada.client.refusal('drawing:label', { ...drawn, classId: newId() })).toBe('unknown-class')
    expect(await ada.client.refusal('drawing:label', { ...drawn, canvasId: newId() })).toBe('unknown-canvas')
    expect(await ada.client.refusal('drawing:label', { ...drawn, pageId: newId() })).toBe('unknown-page')
    const broken = { ...drawn, stateVector: Uint8Array.of(255, 255, 255) }
    expect(await ada.client.refusal('drawing:label', broken)).toBe('invalid')
    const reply = await ada.client.send<{ error: { code: string; path?: string } }>('drawing:label', {
      ...drawn,
      idempotencyKey: 7,
    })
    expect(reply.error).toMatchObject({ code: 'invalid', path: 'idempotencyKey' })
    expect((await server.store.countDrawings(ada.projectId)).total).toBe(0)
    expect(ada.canvas.strokes()).toHaveLength(1)
    ada.client.leave()
  })

  it('[LABEL-5] withdrawing brings the page back as the current one; labelled again it keeps id and split', async () => {
    const ada = await owner()
    const stroke = ada.canvas.draw(line([0, 0], [300, 300]))
    const { pageId } = ada.canvas
    const { drawing } = await ada.client.command('drawing:label', labelOf(ada))
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([]))
    const { counts } = await ada.client.command('drawing:withdraw', { drawingId: drawing.id })
    expect(counts.total).toBe(0)
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([stroke]))
    expect(ada.canvas.pageId).toBe(pageId)
    const again = await ada.client.command('drawing:label', labelOf(ada, newId(), 1))
    expect(again.drawing).toMatchObject({
      id: drawing.id,
      split: drawing.split,
      classId: ada.room.classes[1]?.id,
    })
    expect(again.drawing.contributorIds).toEqual([ada.client.userId])
    ada.client.leave()
  })

  it('[LABEL-6] a page that comes back while somebody draws stands behind theirs', async () => {
    const ada = await owner()
    ada.canvas.draw(line([0, 0], [300, 300]))
    const { drawing } = await ada.client.command('drawing:label', labelOf(ada))
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([]))
    const newer = ada.canvas.draw(line([10, 10], [20, 400]))
    await vi.waitFor(async () => {
      const { snapshots } = await ada.client.command('canvas:snapshot', { canvasIds: [ada.canvasId] })
      expect(snapshots[0]?.strokes.map(({ id }) => id)).toEqual([newer])
    })
    await ada.client.command('drawing:withdraw', { drawingId: drawing.id })
    await vi.waitFor(() => expect(ada.canvas.doc.getArray('pages').length).toBe(2))
    expect(ada.canvas.strokes()).toEqual([newer])
    ada.client.leave()
  })

  it('[LABEL-7] a stroke whose page was labelled meanwhile lands on the current page', async () => {
    const ada = await owner()
    const ben = await editor(ada.editorCode)
    const theirs = await ben.client.canvas(ada.projectId, ada.canvasId).synced()
    ada.canvas.draw(line([0, 0], [300, 300]))
    await vi.waitFor(() => expect(theirs.strokes()).toHaveLength(1))
    theirs.provider.disconnect()
    const stray = theirs.draw(line([5, 5], [600, 50]))
    await ada.client.command('drawing:label', labelOf(ada))
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([]))
    theirs.provider.connect()
    await vi.waitFor(() => expect(ada.canvas.strokes()).toEqual([stray]))
    await vi.waitFor(() => expect(theirs.strokes()).toEqual([stray]))
    ada.client.leave()
    ben.client.leave()
  })

  it('[LABEL-8] a drawing kept without a label waits to be sorted, and an opinion gives it its class', async () => {
    const ada = await owner()
    ada.canvas.draw(line([0, 0], [300, 300]))
    const { classId, ...request } = labelOf(ada)
    const kept = await ada.client.command('drawing:keep', request)
    expect(kept.counts.toSort).toBe(1)
    const { items } = await ada.client.command('drawing:to-sort', { limit: 10 })
    expect(items.map(({ drawing }) => drawing.id)).toEqual([kept.drawing.id])
    const opinion = { drawingId: kept.drawing.id, classId, idempotencyKey: newId() }
    const sorted = await ada.client.command('drawing:opine', opinion)
    expect(sorted.drawing.classId).toBe(classId)
    expect(sorted.counts).toMatchObject({ toSort: 0, total: 1 })
    ada.client.leave()
  })

  it('[LABEL-9] editors label and withdraw what is theirs, owners everything, viewers nothing', async () => {
    const ada = await owner()
    const ben = await editor(ada.editorCode)
    const viewer = await Client.arrive(server.url, 'Vic')
    await viewer.joinByCode(ada.viewerCode)
    await viewer.join(ada.projectId)
    ben.canvas.draw(line([0, 0], [300, 300]))
    const request = labelOf(ben)
    expect(await viewer.refusal('drawing:label', request)).toBe('forbidden')
    const { drawing } = await ben.client.command('drawing:label', request)
    expect(await viewer.refusal('drawing:withdraw', { drawingId: drawing.id })).toBe('forbidden')
    ada.canvas.draw(line([0, 0], [300, 300]))
    const adas = await ada.client.command('drawing:label', labelOf(ada))
    expect(await ben.client.refusal('drawing:withdraw', { drawingId: adas.drawing.id })).toBe('forbidden')
    expect(await ada.client.refusal('drawing:withdraw', { drawingId: drawing.id })).toBe('ok')
    expect(await ada.client.refusal('drawing:withdraw', { drawingId: newId() })).toBe('unknown-drawing')
    for (const client of [ada.client, ben.client, viewer]) client.leave()
  })

  it('[LABEL-10] what was said of a drawing when it was labelled is kept with it', async () => {
    const ada = await owner()
    const guessed = ada.client.next('prediction', ({ items }) => items.some(({ points }) => points > 0))
    ada.canvas.draw(line([0, 0], [300, 300]))
    await guessed
    const { drawing } = await ada.client.command('drawing:label', labelOf(ada))
    await vi.waitFor(
      async () => {
        const { items } = await server.store.listPredictions(ada.projectId, null, 10)
        expect(items.some(({ drawingId }) => drawingId === drawing.id)).toBe(true)
      },
      { timeout: 5_000 },
    )
    ada.client.leave()
  })
})
