import { describe, expect, it, vi } from 'vitest'
import type { Page, PredictionRecord } from '../../server/storage/records.ts'
import type { AccuracyPoint } from '../../shared/training/status.ts'
import { testFolders, type StoreDriver } from './store-harness.ts'
import { aPrediction } from './store-records.ts'

/** Predictions a project keeps, and how many more may gather before they are pruned. */
const KEPT = 20_000
const SLACK = 1_000

export function historyContract(driver: StoreDriver): void {
  describe('history', () => {
    const newFolder = testFolders(driver)

    it('[STORE-22] predictions are listed newest first, page by page, though more come meanwhile', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await store.addPredictions([aPrediction(1), aPrediction(2), aPrediction(3, { drawingId: 'd1' })])
      await store.addPredictions([aPrediction(4, { projectId: 'p2' })])
      const first = await store.listPredictions('p1', null, 2)
      expect(first.items).toEqual([aPrediction(3, { drawingId: 'd1' }), aPrediction(2)])
      await store.addPredictions([aPrediction(5)])
      const again = await folder.reopen()
      expect(await again.listPredictions('p1', first.next, 2)).toEqual({
        items: [aPrediction(1)],
        next: null,
      })
      expect((await again.listPredictions('p1', null, 4)).next).toBeNull()
    })

    it('[STORE-22] a prediction that is written again under its id is kept once', async () => {
      const store = await newFolder().open()
      await store.addPredictions([aPrediction(1), aPrediction(2)])
      await store.addPredictions([aPrediction(2), aPrediction(3)])
      const { items } = await store.listPredictions('p1', null, 9)
      expect(items.map(({ id }) => id)).toEqual(['h3', 'h2', 'h1'])
    })

    it('[STORE-23] a project keeps its newest 20,000 predictions', async () => {
      const store = await newFolder().open()
      await store.addPredictions([aPrediction(7, { id: 'other', projectId: 'p2' })])
      const batch = 500
      // A database without indexes may be too busy with so many records to answer in time: who is told so asks again.
      const again = <T>(ask: () => Promise<T>): Promise<T> =>
        vi.waitFor(ask, { timeout: 60_000, interval: 200 })
      for (let i = 0; i < (KEPT + 3 * SLACK) / batch; i++) {
        const some = Array.from({ length: batch }, (_, j) => aPrediction(i * batch + j))
        await again(() => store.addPredictions(some))
      }
      const ats: number[] = []
      let before: number | null = null
      do {
        const from: number | null = before
        const page: Page<PredictionRecord> = await again(() => store.listPredictions('p1', from, 5_000))
        for (const { at } of page.items) ats.push(at)
        before = page.next
      } while (before !== null)
      expect(ats[0]).toBe(KEPT + 3 * SLACK - 1)
      expect(ats).toEqual(ats.map((_, i) => KEPT + 3 * SLACK - 1 - i))
      expect(ats.length).toBeGreaterThanOrEqual(KEPT)
      expect(ats.length).toBeLessThanOrEqual(KEPT + SLACK)
      expect((await again(() => store.listPredictions('p2', null, 5))).items).toHaveLength(1)
    }, 300_000)

    it('[HISTORY-1] predictions older than a time are deleted, of one project alone', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await store.addPredictions([1, 2, 3, 4].map((at) => aPrediction(at)))
      await store.addPredictions([aPrediction(1, { id: 'other', projectId: 'p2' })])
      expect(await store.prunePredictions('p1', 3)).toBe(2)
      expect(await store.prunePredictions('p1', 3)).toBe(0)
      const again = await folder.reopen()
      expect((await again.listPredictions('p1', null, 9)).items.map(({ at }) => at)).toEqual([4, 3])
      expect((await again.listPredictions('p2', null, 9)).items).toHaveLength(1)
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
