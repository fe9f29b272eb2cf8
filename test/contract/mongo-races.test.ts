import { AggregationCursor, MongoClient, type Document } from 'mongodb'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeletionRecord } from '../../server/storage/records.ts'
import { namesOfEpoch } from '../../server/storage/mongo/epochs.ts'
import { ServeCalls } from '../../server/storage/mongo/serve-calls.ts'
import { StoreError } from '../../server/storage/store.ts'
import type { StoreReply } from '../../server/storage/thread/rpc.ts'
import { missingPart } from '../support/missing-part.ts'
import { MongoDisk } from '../support/mongo-disk.ts'
import { mongoServer } from '../support/mongo-server.ts'
import { refusal } from './store-harness.ts'
import {
  aCheckpoint,
  aDrawing,
  aMember,
  anOpinion,
  aPrediction,
  fillStore,
  patternBytes,
} from './store-records.ts'

const server = await mongoServer()
if ('missing' in server) missingPart('tests of calls that cross on MongoDB', server.missing)

const note = (id: string): DeletionRecord => ({
  id,
  projectId: 'p1',
  at: 5_000,
  byUserId: 'u1',
  kind: 'person',
  userId: 'u1',
  drawings: 0,
  firstSeq: 0,
})

describe.skipIf('missing' in server)('calls over MongoDB that cross or fail for a moment', () => {
  if ('missing' in server) return
  const client = new MongoClient(server.freshDatabase())
  const db = client.db()
  const disk = new MongoDisk(db)
  const blob = patternBytes(300_000, 1)

  beforeEach(() => disk.wipe())
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  it('[DELETE-6] what a room writes until it ends goes when its project is deleted again', async () => {
    const { operations } = await disk.open()
    await fillStore(operations)
    await operations.appendCanvas('v1', Uint8Array.of(1), [])
    await operations.deleteProject('p1')
    await refusal(operations.appendCanvas('v1', Uint8Array.of(2), []), 'not-found')
    await operations.putCheckpoint(aCheckpoint('k1', blob), blob)
    await operations.addPredictions([aPrediction(1)])
    await operations.deleteProject('p1')
    expect(await operations.listCheckpoints('p1')).toEqual([])
    expect((await operations.listPredictions('p1', null, 9)).items).toEqual([])
    expect(await db.collection('checkpoint_blobs.files').countDocuments()).toBe(0)
    expect(await db.collection('canvas_log').countDocuments()).toBe(0)
  })

  it('[MONGO-5] a server removes nothing that a later one has written', async () => {
    const { operations: older } = await disk.open()
    await fillStore(older)
    await older.putMember(aMember({ userId: 'u2' }))
    const { operations: newer } = await disk.open()
    await newer.putMember(aMember({ userId: 'u2', role: 'viewer' }))
    await older.removeMember('p1', 'u2')
    expect((await newer.getMember('p1', 'u2'))?.role).toBe('viewer')
  })

  it('[MONGO-3] a removal counts only while the lease does', async () => {
    const { operations } = await disk.open()
    await fillStore(operations)
    const { operations: cut } = await disk.open(2)
    await refusal(cut.removeMember('p1', 'u1'), 'unavailable')
  })

  it('[DELETE-1] a deletion that failed on its way is finished by the next one, which answers all that went', async () => {
    const fill = async (): Promise<void> => {
      const { operations } = await disk.open()
      await fillStore(operations)
      await operations.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
      await operations.addDrawing(aDrawing({ id: 'd2', pageId: 'g2' }), anOpinion('c2', 'k2'), 'k2')
      await operations.addPredictions([
        aPrediction(1, { id: 'h1', drawingId: 'd1' }),
        aPrediction(2, { id: 'h2', drawingId: null }),
      ])
    }
    await fill()
    const whole = await disk.open()
    await whole.operations.deleteDrawings('p1', ['d1', 'd2'], note('n1'))
    let failed = 0
    for (let cutAt = 1; cutAt <= whole.fence.looks; cutAt += 2) {
      await disk.wipe()
      await fill()
      const { operations } = await disk.open(cutAt, 1)
      const first = await operations.deleteDrawings('p1', ['d1', 'd2'], note('n1')).catch(() => {
        failed++
        return []
      })
      const second = await operations.deleteDrawings('p1', ['d1', 'd2'], note('n2'))
      expect({ cutAt, ids: [...new Set([...first, ...second])].sort() }).toEqual({ cutAt, ids: ['d1', 'd2'] })
      expect((await operations.listPredictions('p1', null, 9)).items).toEqual([])
      expect(await operations.countDrawings('p1')).toMatchObject({ total: 0 })
      const notes = await operations.listDeletions('p1')
      expect(notes.map(({ drawings }) => drawings)).toEqual([2])
    }
    expect(failed).toBeGreaterThan(5)
  })

  it('[MONGO-4] counts that are read while a drawing is stored have it', async () => {
    await fillStore((await disk.open()).operations)
    const { operations } = await disk.open()
    let goOn: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (goOn = resolve))
    const read = new Promise<void>((resolve) => {
      vi.spyOn(AggregationCursor.prototype, 'toArray').mockImplementationOnce(async function (
        this: AggregationCursor<Document>,
      ) {
        const found: Document[] = []
        for await (const document of this) found.push(document)
        resolve()
        await gate
        return found
      })
    })
    const counting = operations.countDrawings('p1')
    await read
    const adding = operations.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
    for (let asked = 0; asked < 30; asked++) await operations.getMeta('a')
    goOn()
    await Promise.all([counting, adding])
    vi.restoreAllMocks()
    expect(await operations.countDrawings('p1')).toMatchObject({ byClass: { c1: 1 }, total: 1 })
  })

  it('[MONGO-3] a restore is answered when it is known whether it took place, also in an outage', async () => {
    const { operations } = await disk.open()
    let end: () => void = () => undefined
    const replies: StoreReply[] = []
    const calls = new ServeCalls({
      operations: { ...operations, commitRestore: () => new Promise((resolve) => (end = resolve)) },
      trouble: () => null,
      suspect: () => undefined,
      probe: () => Promise.resolve(),
      close: () => Promise.resolve(),
      reply: (reply) => replies.push(reply),
    })
    calls.take({ id: 1, method: 'commitRestore', args: [] })
    calls.letGo(new StoreError('unavailable', 'away'))
    await operations.getMeta('a')
    expect(replies).toEqual([])
    end()
    await expect.poll(() => replies).toEqual([{ id: 1, ok: true, result: undefined }])
  })

  it('[MONGO-3] a server that cannot know whether a restore took place gives the database up', async () => {
    const { operations: trial, fence, lost: kept } = await disk.open()
    const restore = async (store: typeof trial): Promise<void> => {
      await store.beginRestore()
      await store.commitRestore()
    }
    await restore(trial)
    expect(kept()).toBeNull()
    // After the commit there is one look for each collection that is dropped.
    const commit = fence.looks - namesOfEpoch(0).length
    await disk.wipe()
    const { operations, lost } = await disk.open(commit, 1)
    await refusal(restore(operations), 'unavailable')
    expect(lost()?.code).toBe('locked')
  })
})
