import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccuracyPoint } from '../../../shared/training/status.ts'
import type { Prediction } from '../../../shared/protocol/events.ts'
import { Budget } from '../../../server/ops/budget.ts'
import { retryPause } from '../../../server/ops/retry-pause.ts'
import { AccuracyChart } from '../../../server/rooms/accuracy-chart.ts'
import { PredictionHistory } from '../../../server/rooms/prediction-history.ts'
import type { RoomCounter } from '../../../server/rooms/ports.ts'
import type { PredictionRecord } from '../../../server/storage/records.ts'

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A store that is away until it is told to be back. */
function fakeStore() {
  const guesses: PredictionRecord[] = []
  const points: AccuracyPoint[] = []
  const store = {
    away: true,
    guesses,
    points,
    addPredictions: (records: readonly PredictionRecord[]) => keep(guesses, records),
    prunePredictions: () => Promise.resolve(0),
    addAccuracy: (_: string, added: readonly AccuracyPoint[]) => keep(points, added),
  }
  function keep<T>(list: T[], added: readonly T[]): Promise<void> {
    if (store.away) return Promise.reject(new Error('away'))
    list.push(...added)
    return Promise.resolve()
  }
  return store
}

const guess = (points: number): Prediction => ({
  canvasId: 'c',
  pageId: 'p',
  strokeId: 's',
  strokePoints: 1,
  points,
  modelVersion: 1,
  probabilities: [0.5, 0.5],
})
const point = (step: number): AccuracyPoint => ({ at: step, step, share: 0.5, low: 0, high: 1, kind: 'test' })

function historyOver(store: ReturnType<typeof fakeStore>, waitingGuesses = new Budget(8_000_000)) {
  const counted: RoomCounter[] = []
  const metrics = {
    count: (name: RoomCounter) => void counted.push(name),
    refused: () => undefined,
    observe: () => undefined,
  }
  const clock = { now: () => Date.now() }
  const history = new PredictionHistory({
    projectId: 'p',
    store,
    log,
    clock,
    metrics,
    waitingGuesses,
    keepDays: 0,
  })
  return { history, counted, waitingGuesses }
}

describe('what waits for a store that is away', () => {
  it('[OUTAGE-3] is tried again after anything up to a bound that doubles, two seconds at most', () => {
    const longest = Array.from({ length: 12 }, (_, failures) => retryPause(failures, () => 1))
    expect(longest.slice(0, 4)).toEqual([250, 500, 1_000, 2_000])
    expect(Math.max(...longest)).toBe(2_000)
    expect(retryPause(9, () => 0)).toBe(0)
  })

  it('[OUTAGE-2] points of the accuracy chart are stored in their order once it is back', async () => {
    const store = fakeStore()
    const chart = new AccuracyChart({ projectId: 'p', store, log, points: [point(1)], most: 500 })
    for (const step of [2, 3, 4]) {
      chart.add(point(step))
      await vi.advanceTimersByTimeAsync(5_000)
    }
    expect(chart.list().map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(await chart.flush()).toBe(false)
    store.away = false
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.points.map(({ step }) => step)).toEqual([2, 3, 4])
    expect(await chart.flush()).toBe(true)
    chart.stop()
  })

  it('[OUTAGE-5] guesses are stored once it is back; those of a room above its bound go oldest first, counted', async () => {
    const store = fakeStore()
    const { history, counted, waitingGuesses } = historyOver(store)
    for (let i = 1; i <= 1_200; i++) history.record(guess(i), ['a', 'b'], null)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(counted.filter((name) => name === 'predictions_dropped')).toHaveLength(200)
    expect(waitingGuesses.used).toBeGreaterThan(0)
    store.away = false
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.guesses.map(({ prediction }) => prediction.points)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i + 201),
    )
    expect(waitingGuesses.used).toBe(0)
    history.stop()
  })

  it('[OUTAGE-5] the guesses of all rooms are bounded together, and a room that ends gives its share back', async () => {
    const store = fakeStore()
    const { history, counted, waitingGuesses } = historyOver(store, new Budget(10_000))
    for (let i = 1; i <= 100; i++) history.record(guess(i), ['a', 'b'], null)
    expect(waitingGuesses.full).toBe(false)
    expect(waitingGuesses.used).toBeGreaterThan(8_000)
    expect(counted.length).toBeGreaterThan(50)
    const writing = history.flush()
    history.stop()
    expect(await writing).toBe(false)
    expect(waitingGuesses.used).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
