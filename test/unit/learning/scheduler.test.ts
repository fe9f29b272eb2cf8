import { describe, expect, test, vi } from 'vitest'
import { PredictionScheduler, type BatchResult } from '../../../server/learning/predictor/scheduler.ts'

const strokes = [{ xs: [1], ys: [1] }]
const model = {
  version: 1,
  step: 0,
  classIds: ['a', 'b'],
  serving: 'ema' as const,
  family: 'cnn' as const,
  parameters: 1,
  trainedTo: 0,
}

function setUp(): {
  scheduler: PredictionScheduler
  batches: { key: string; size: number; finish: (error?: Error) => void }[]
  failures: string[]
  made: number[]
} {
  const batches: { key: string; size: number; finish: (error?: Error) => void }[] = []
  const failures: string[] = []
  const made: number[] = []
  const scheduler = new PredictionScheduler({
    guess: (key, drawings) =>
      new Promise<BatchResult>((resolve, reject) => {
        const finish = (error?: Error): void => {
          if (error) reject(error)
          else resolve({ model, probabilities: new Float32Array(2 * drawings.length).fill(0.5) })
        }
        batches.push({ key, size: drawings.length, finish })
      }),
    batchMade: () => made.push(batches.length),
    failed: (message) => failures.push(message),
  })
  return { scheduler, batches, failures, made }
}

describe('the prediction scheduler', () => {
  test('[LEARN-6] asks of one turn go out together; one entry a canvas', async () => {
    const { scheduler, batches, made } = setUp()
    const take = vi.fn()
    const look = vi.fn(() => ({ strokes, take }))
    scheduler.want('p', '1', look)
    scheduler.want('p', '1', look)
    scheduler.want('p', '2', look)
    await vi.waitFor(() => {
      expect(batches).toHaveLength(1)
    })
    expect(batches[0]?.size).toBe(2)
    batches[0]?.finish()
    await vi.waitFor(() => {
      expect(made).toEqual([1])
    })
    expect(take).toHaveBeenCalledTimes(2)
    expect(take).toHaveBeenCalledWith([0.5, 0.5], model)
  })

  test('[LEARN-6] one batch is under way at a time and models have their turns', async () => {
    const { scheduler, batches, made } = setUp()
    const look = (): { strokes: typeof strokes; take: () => void } => ({ strokes, take: () => undefined })
    for (let index = 0; index < 100; index++) scheduler.want('busy', String(index), look)
    scheduler.want('other', '1', look)
    await vi.waitFor(() => {
      expect(batches).toHaveLength(1)
    })
    for (let index = 0; index < 3; index++) {
      batches[index]?.finish()
      await vi.waitFor(() => {
        expect(made).toHaveLength(index + 1)
      })
    }
    expect(batches.map(({ key, size }) => [key, size])).toEqual([
      ['busy', 64],
      ['other', 1],
      ['busy', 36],
    ])
  })

  test('[LEARN-6] a canvas that is gone is left out, an empty one has no guess', async () => {
    const { scheduler, batches, made } = setUp()
    const take = vi.fn()
    scheduler.want('p', 'gone', () => null)
    scheduler.want('p', 'empty', () => ({ strokes: [], take }))
    await vi.waitFor(() => {
      expect(batches).toHaveLength(1)
    })
    batches[0]?.finish()
    await vi.waitFor(() => {
      expect(made).toHaveLength(1)
    })
    expect(take).toHaveBeenCalledWith([], model)
  })

  test('[LEARN-6] a batch that failed is tried once more, then let go', async () => {
    const { scheduler, batches, failures } = setUp()
    scheduler.want('p', '1', () => ({ strokes, take: () => undefined }))
    for (let index = 0; index < 2; index++) {
      await vi.waitFor(() => {
        expect(batches).toHaveLength(index + 1)
      })
      batches[index]?.finish(new Error('worker gone'))
    }
    await vi.waitFor(() => {
      expect(failures).toHaveLength(2)
    })
    scheduler.want('p', '2', () => ({ strokes, take: () => undefined }))
    await vi.waitFor(() => {
      expect(batches).toHaveLength(3)
    })
    expect(batches[2]?.size).toBe(1)
  })
})
