import { describe, expect, it } from 'vitest'
import type { AccuracyPoint } from '../../shared/training/status.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aCheckpoint, aPrediction, fillStore, patternBytes } from './store-records.ts'

/** Predictions a project keeps, and how many more may gather before they are pruned. */
const KEPT = 20_000
const SLACK = 1_000

export function historyContract(driver: StoreDriver): void {
  describe('history and checkpoints', () => {
    const newFolder = testFolders(driver)

    it('[STORE-22] predictions are listed newest first, by offset', async () => {
      const store = await newFolder().open()
      await store.addPredictions([aPrediction(1), aPrediction(2), aPrediction(3, { drawingId: 'd1' })])
      await store.addPredictions([aPrediction(4, { projectId: 'p2' })])
      const first = await store.listPredictions('p1', 0, 2)
      expect(first).toEqual({ items: [aPrediction(3, { drawingId: 'd1' }), aPrediction(2)], next: 2 })
      expect(await store.listPredictions('p1', 2, 2)).toEqual({ items: [aPrediction(1)], next: null })
    })

    it('[STORE-23] a project keeps its newest 20,000 predictions', async () => {
      const store = await newFolder().open()
      await store.addPredictions([aPrediction(7, { projectId: 'p2' })])
      const batch = 500
      const writes = Array.from({ length: (KEPT + 3 * SLACK) / batch }, (_, i) =>
        store.addPredictions(Array.from({ length: batch }, (_, j) => aPrediction(i * batch + j))),
      )
      await Promise.all(writes)
      const newest = await store.listPredictions('p1', 0, 1)
      expect(newest.items[0]?.at).toBe(KEPT + 3 * SLACK - 1)
      expect((await store.listPredictions('p1', KEPT - 1, 1)).items).toHaveLength(1)
      expect((await store.listPredictions('p1', KEPT + SLACK, 1)).items).toHaveLength(0)
      expect((await store.listPredictions('p2', 0, 5)).items).toHaveLength(1)
    })

    it('[STORE-24] accuracy points come oldest first, the newest up to the limit', async () => {
      const store = await newFolder().open()
      const points = Array.from({ length: 5 }, (_, i): AccuracyPoint => ({
        at: i,
        step: i * 3,
        share: 0.5 + i / 16,
        low: 0.25,
        high: 1,
        kind: i % 2 === 0 ? 'test' : 'prequential',
      }))
      await store.addAccuracy('p1', points.slice(0, 3))
      await store.addAccuracy('p1', points.slice(3))
      expect(await store.listAccuracy('p1', 3)).toEqual(points.slice(2))
      expect(await store.listAccuracy('p1', 100)).toEqual(points)
      expect(await store.listAccuracy('p2', 100)).toEqual([])
    })

    it('[STORE-25] the latest checkpoint comes back byte for byte', async () => {
      const folder = newFolder()
      const store = await folder.open()
      expect(await store.latestCheckpoint('p1')).toBeNull()
      const older = patternBytes(1_000, 1)
      const newer = patternBytes(3_300_000, 2)
      await store.putCheckpoint(aCheckpoint('k1', older), older)
      await store.putCheckpoint(aCheckpoint('k2', newer, { step: 60, accuracy: null }), newer)
      const latest = await (await folder.reopen()).latestCheckpoint('p1')
      expect(latest?.record).toEqual(aCheckpoint('k2', newer, { step: 60, accuracy: null }))
      expect(latest?.damaged).toEqual([])
      expect(latest && Buffer.compare(latest.blob, newer)).toBe(0)
    })

    it('[STORE-26] a damaged checkpoint is named and the one before it used', async () => {
      const folder = newFolder()
      const store = await folder.open()
      const blobs = [patternBytes(2_000, 1), patternBytes(2_000, 2), patternBytes(2_000, 3)]
      for (const [i, blob] of blobs.entries()) {
        await store.putCheckpoint(aCheckpoint(`k${String(i)}`, blob), blob)
      }
      await folder.closeAll()
      await driver.damageCheckpoint(folder.dir, 'k2')
      const latest = await (await folder.reopen()).latestCheckpoint('p1')
      expect(latest?.record.id).toBe('k1')
      expect(latest?.damaged).toEqual(['k2'])
      expect(latest?.blob).toEqual(blobs[1])
    })

    it('[STORE-27] a blob that is not its record, or a known id, is refused', async () => {
      const store = await newFolder().open()
      const blob = patternBytes(100, 1)
      await refusal(store.putCheckpoint(aCheckpoint('k1', blob), patternBytes(100, 2)), 'corrupt')
      await store.putCheckpoint(aCheckpoint('k1', blob), blob)
      await refusal(store.putCheckpoint(aCheckpoint('k1', blob, { step: 99 }), blob), 'conflict')
      expect(await store.listCheckpoints('p1')).toEqual([aCheckpoint('k1', blob)])
    })

    it('[STORE-28] pruning keeps the newest and the pinned checkpoints', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const blob = patternBytes(50, 1)
      for (let i = 0; i < 6; i++) {
        await store.putCheckpoint(aCheckpoint(`k${String(i)}`, blob, { pinned: i === 1 }), blob)
      }
      expect(await store.pruneCheckpoints('p1', 2)).toBe(3)
      expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k5', 'k4', 'k1'])
      expect(await store.pruneCheckpoints('p1', 2)).toBe(0)
    })
  })
}
