import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Budget } from '../../../server/ops/budget.ts'
import { PredictionHistory } from '../../../server/rooms/prediction-history.ts'
import type { PredictionRecord } from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import type { Prediction } from '../../../shared/protocol/events.ts'

const DAY_MS = 24 * 3_600_000
const nothing = (): void => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

beforeEach(() => {
  vi.useFakeTimers({ now: 100 * DAY_MS })
})
afterEach(() => {
  vi.useRealTimers()
})

function historyOf(
  keepDays: number,
  store: Pick<Store, 'addPredictions' | 'prunePredictions'>,
): PredictionHistory {
  const waitingGuesses = new Budget(1_000_000)
  const clock = { now: () => Date.now() }
  return new PredictionHistory({
    projectId: 'p',
    store,
    log,
    clock,
    metrics: undefined,
    waitingGuesses,
    keepDays,
  })
}

function guessOf(pageId: string): Prediction {
  return {
    canvasId: 'c',
    pageId,
    strokeId: 's',
    points: 9,
    strokePoints: 3,
    modelVersion: 1,
    probabilities: [1],
  }
}

it('[HISTORY-2] guesses older than the days they are kept go when the room opens, and every hour', async () => {
  const pruned: number[] = []
  const store = {
    addPredictions: () => Promise.resolve(),
    prunePredictions: (_: string, before: number) => {
      pruned.push(before)
      return pruned.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve(1)
    },
  }
  const history = historyOf(30, store)
  expect(pruned).toEqual([70 * DAY_MS])
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(pruned).toEqual([70 * DAY_MS, 70 * DAY_MS + 3_600_000])
  history.stop()
  await vi.advanceTimersByTimeAsync(10 * 3_600_000)
  expect(pruned).toHaveLength(2)
  const forEver = historyOf(0, store)
  await vi.advanceTimersByTimeAsync(2 * 3_600_000)
  expect(pruned).toHaveLength(2)
  forEver.stop()
})

it('[HISTORY-3] guesses of deleted drawings are not written, also not those whose write fails meanwhile', async () => {
  const written: string[] = []
  let fail: (() => void) | null = null
  const store = {
    addPredictions: (records: readonly PredictionRecord[]) =>
      new Promise<void>((resolve, reject) => {
        if (fail) {
          written.push(...records.map(({ prediction }) => prediction.pageId))
          resolve()
        } else fail = () => reject(new Error('away'))
      }),
    prunePredictions: () => Promise.resolve(0),
  }
  const history = historyOf(30, store)
  history.record(guessOf('a'), ['x'], 'd1')
  history.record(guessOf('b'), ['x'], 'd2')
  const first = history.flush()
  history.record(guessOf('a'), ['x'], null)
  const forgotten = history.forget(new Set(['a']))
  ;(fail as (() => void) | null)?.()
  await forgotten
  expect(await first).toBe(false)
  expect(await history.flush()).toBe(true)
  expect(written).toEqual(['b'])
  history.stop()
})
