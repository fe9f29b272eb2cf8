import { MongoClient } from 'mongodb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { MongoOperations } from '../../server/storage/mongo/mongo-operations.ts'
import { missingPart } from '../support/missing-part.ts'
import { MongoDisk } from '../support/mongo-disk.ts'
import { mongoServer } from '../support/mongo-server.ts'
import { refusal } from './store-harness.ts'
import { aDrawing, anOpinion, fillStore } from './store-records.ts'

const server = await mongoServer()
if ('missing' in server) missingPart('tests of two servers that write to one MongoDB', server.missing)

/*
 * The lease keeps two servers apart. Here each takes itself for the owner: what they do to each other's documents has to
 * be right all the same, for a write may arrive late.
 */
describe.skipIf('missing' in server)('two servers that write to one MongoDB', () => {
  if ('missing' in server) return
  const client = new MongoClient(server.freshDatabase())
  const disk = new MongoDisk(client.db())

  beforeEach(() => disk.wipe())
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  async function both(): Promise<{ older: MongoOperations; newer: MongoOperations }> {
    const { operations: older } = await disk.open()
    await fillStore(older)
    await older.appendCanvas('v1', Uint8Array.of(1), [])
    await older.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
    const { operations: newer } = await disk.open()
    await newer.loadCanvas('v1')
    await newer.countDrawings('p1')
    return { older, newer }
  }

  it('[MONGO-4] an update that arrives late keeps its place, and the next one gets another', async () => {
    const { older, newer } = await both()
    expect(await older.appendCanvas('v1', Uint8Array.of(2), [])).toBe(2)
    expect(await newer.appendCanvas('v1', Uint8Array.of(3), [])).toBe(3)
    const { updates } = await newer.loadCanvas('v1')
    expect(updates).toEqual([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)])
  })

  it('[MONGO-4] a drawing that arrives late keeps its place, and counts', async () => {
    const { older, newer } = await both()
    const late = await older.addDrawing(aDrawing({ id: 'd2' }), anOpinion('c1', 'k2'), 'k2')
    const next = await newer.addDrawing(aDrawing({ id: 'd3' }), anOpinion('c1', 'k3'), 'k3')
    expect([late.seq, next.seq]).toEqual([2, 3])
    expect((await newer.countDrawings('p1')).byClass).toEqual({ c1: 3 })
    const moved = await newer.addOpinion('d1', anOpinion('c2', 'k4'))
    expect(moved.seq).toBe(4)
  })

  it('[MONGO-5] a server writes nothing where a later one has written', async () => {
    const { older, newer } = await both()
    await newer.appendCanvas('v1', Uint8Array.of(3), [])
    await refusal(older.appendCanvas('v1', Uint8Array.of(2), []), 'locked')
    await newer.addDrawing(aDrawing({ id: 'd3' }), anOpinion('c1', 'k3'), 'k3')
    await refusal(older.addDrawing(aDrawing({ id: 'd2' }), anOpinion('c1', 'k2'), 'k2'), 'locked')
    await newer.addOpinion('d1', anOpinion('c2', 'k4'))
    await refusal(older.withdrawDrawing('d1'), 'locked')
    await newer.updateProject('p1', { name: 'Later' })
    await refusal(older.updateProject('p1', { name: 'Earlier' }), 'locked')
    await newer.snapshotCanvas('v1', Uint8Array.of(0, 0), 2)
    await refusal(older.resetCanvas('v1', null), 'locked')

    expect(await newer.loadCanvas('v1')).toEqual({
      snapshot: Uint8Array.of(0, 0),
      updates: [],
      position: 2,
    })
    expect((await newer.getProject('p1'))?.name).toBe('Later')
    expect(await newer.getDrawing('d2')).toBeNull()
    expect(await newer.getDrawing('d1')).toMatchObject({ classId: 'c2', withdrawn: false })
    expect((await newer.countDrawings('p1')).byClass).toEqual({ c1: 1, c2: 1 })
  })

  it('[MONGO-6] a key or a page that leads to a drawing that never came to be leads nowhere', async () => {
    const { operations } = await disk.open()
    await fillStore(operations)
    // Its keys are written, its lease ends before the drawing is.
    const { operations: cut } = await disk.open(3)
    await refusal(cut.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1'), 'unavailable')
    const { operations: next } = await disk.open()
    expect(await next.findDrawingByKey('p1', 'k1')).toBeNull()
    expect(await next.findDrawingByPage('v1', 'g1')).toBeNull()
    const drawing = await next.addDrawing(aDrawing({ id: 'd2' }), anOpinion('c2', 'k1'), 'k1')
    expect(drawing).toMatchObject({ id: 'd2', seq: 1 })
    expect((await next.findDrawingByKey('p1', 'k1'))?.id).toBe('d2')
    expect((await next.findDrawingByPage('v1', 'g1'))?.id).toBe('d2')
  })
})
