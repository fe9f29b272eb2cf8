import { describe, expect, it } from 'vitest'
import type { AccuracyPoint } from '../../shared/training/status.ts'
import { testFolders, type StoreDriver } from './store-harness.ts'
import { aPrediction } from './store-records.ts'

/** Predictions a project keeps, and how many more may gather before they are pruned. */
const KEPT = 20_000
const SLACK = 1_000

export function historyContract(driver: StoreDriver): void {
  describe('history', () => {
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
  })
}
