import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { newId } from '../../shared/ids/id.ts'
import { StoreError, type Store } from '../../server/storage/store.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { refusals } from '../support/refusals.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'
import { away, awayStore, type AwayStore } from '../support/store-away.ts'

let server: RoomServer
let wrapped: AwayStore
const wrap = (store: Store): Store => {
  wrapped = awayStore(store)
  return wrapped.store
}

beforeAll(async () => {
  server = await startRoomServer(wrap, { unsavedBytes: 300_000 })
})
afterAll(async () => {
  wrapped.fault = null
  await server.stop()
})

const ready = async (): Promise<{ status: number; reason: string | null }> => {
  const answer = await fetch(`${server.url}/ready`)
  const { reason } = (await answer.json()) as { reason: string | null }
  return { status: answer.status, reason }
}

async function twoPeople() {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const room = await ada.join(project.id)
  const canvasId = room.you.canvasId ?? ''
  const canvas = await ada.canvas(project.id, canvasId).synced()
  const ben = await Client.arrive(server.url, 'Ben')
  await ben.joinByCode(codes.editor)
  await ben.join(project.id)
  const seen = await ben.canvas(project.id, canvasId).synced()
  const classId = room.classes[0]?.id ?? ''
  const label = () => ({
    canvasId,
    pageId: canvas.pageId,
    classId,
    stateVector: canvas.stateVector,
    idempotencyKey: newId(),
  })
  const leave = (): void => {
    ada.leave()
    ben.leave()
  }
  return { ada, canvas, canvasId, seen, label, leave, projectId: project.id }
}

describe('a store that is away', () => {
  it('[OUTAGE-1] [OUTAGE-2] lets drawing go on, refuses labels, is not ready; all of it is stored when it is back', async () => {
    const { ada, canvas, canvasId, seen, label, leave } = await twoPeople()
    wrapped.fault = away
    const strokeId = canvas.draw(line([100, 100], [800, 800]))
    await expect.poll(() => seen.strokes()).toEqual([strokeId])
    const kept = label()
    const refused = await ada.ask('drawing:label', kept)
    expect(refused).toMatchObject({ error: { code: 'unavailable' } })
    expect(await ready()).toEqual({ status: 503, reason: expect.stringContaining('store: ') as string })
    const { stateVector } = canvas
    wrapped.fault = null
    const back = performance.now()
    expect(await ada.ask('drawing:label', kept)).toMatchObject({ ok: { counts: { total: 1 } } })
    await expect
      .poll(async () => {
        const { updates, snapshot } = await server.store.loadCanvas(canvasId)
        const stored = new Y.Doc()
        for (const update of [...(snapshot ? [snapshot] : []), ...updates]) Y.applyUpdate(stored, update)
        return Y.decodeStateVector(Y.encodeStateVector(stored)).get(canvas.doc.clientID)
      })
      .toBe(Y.decodeStateVector(stateVector).get(canvas.doc.clientID))
    expect(performance.now() - back).toBeLessThan(5_000)
    expect((await ready()).status).toBe(200)
    leave()
  })

  it('[STORE-63] a full disk is named to people and in /ready, and what is stored stays readable', async () => {
    const { ada, canvas, projectId, label, leave } = await twoPeople()
    canvas.draw(line([0, 0], [500, 500]))
    wrapped.fault = new StoreError('unavailable', 'not written: the disk is full', { why: 'disk-full' })
    const refused = await ada.ask('drawing:label', label())
    expect(refused).toMatchObject({
      error: { code: 'unavailable', detail: expect.stringContaining('disk is full') as string },
    })
    expect((await ready()).reason).toContain('the disk is full')
    wrapped.fault = null
    expect((await ada.again().join(projectId)).classes).toHaveLength(1)
    leave()
  })

  it('[OUTAGE-4] what all canvases hold unsaved is bounded: above it they take nothing more until it is back', async () => {
    const { canvas, seen, leave } = await twoPeople()
    const before = await refusals(server.url, 'unsaved-server')
    wrapped.fault = away
    // Long strokes, each on a page of its own, so that no limit of a page is reached.
    let drawn = 0
    const drawing = setInterval(() => {
      if (canvas.closeCodes.length > 0 || drawn++ > 100) return
      canvas.draw(line([0, 0], [1_000, 1_000], 4_000))
      canvas.turn()
    }, 20)
    expect(await canvas.closed).toBe(closeCodes.overloaded)
    clearInterval(drawing)
    expect(await refusals(server.url, 'unsaved-server')).toBeGreaterThan(before)
    wrapped.fault = null
    // The client comes back by itself with what was refused.
    await expect.poll(() => vectorOf(seen)).toEqual(vectorOf(canvas))
    leave()
  })
})

function vectorOf({ stateVector }: CanvasClient): Map<number, number> {
  return Y.decodeStateVector(stateVector)
}
