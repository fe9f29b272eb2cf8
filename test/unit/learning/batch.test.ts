import { describe, expect, test } from 'vitest'
import { randomFor } from '../../../server/learning/model/random.ts'
import { Replay, type LabelledDrawing } from '../../../server/learning/replay.ts'
import { composeBatch, drawVaried, dropoutMask } from '../../../server/learning/trainer/batch.ts'
import { rasterise } from '../../../shared/raster/rasterise.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'

/** A dot, a bar, a corner: told apart by their ink. */
const shapes = [[{ xs: [5], ys: [5] }], [{ xs: [0, 0], ys: [0, 90] }], [{ xs: [0, 90, 90], ys: [0, 0, 90] }]]
const drawing = (id: number, classIndex: number): LabelledDrawing => ({
  id: String(id),
  seq: id,
  classId: `c${String(classIndex)}`,
  split: 'train',
  strokes: shapes[classIndex] ?? [],
})

/** One drawing of the first class, two of the second, nine of the third. */
const log = [0, 1, 1, ...Array<number>(9).fill(2)].map((classIndex, index) => drawing(index + 1, classIndex))

function stateWith(settings: Partial<TrainingSettings>, step = 0): Parameters<typeof composeBatch>[0] {
  return {
    seed: 3,
    step,
    recipe: 'quickdraw',
    family: 'cnn',
    headIds: ['c0', 'c1', 'c2'],
    starterClasses: [],
    settings: { ...defaultTrainingSettings, batchSize: 60, ...settings },
  }
}

function replayOf(drawings: readonly LabelledDrawing[]): Replay {
  const replay = new Replay(Number, 100)
  for (const one of drawings) replay.apply(one)
  return replay
}

/** How many samples of each class a batch has. */
function countsOf(settings: Partial<TrainingSettings>, newest: readonly LabelledDrawing[] = []): number[] {
  const batch = composeBatch(stateWith(settings), replayOf(log), newest, [])
  const counts = [0, 0, 0]
  for (let sample = 0; sample < (batch?.size ?? 0); sample++)
    counts.forEach((count, index) => {
      if ((batch?.targets[sample * 3 + index] ?? 0) > 0.5) counts[index] = count + 1
    })
  return counts
}

describe('what a batch is made of', () => {
  test('[LEARN-46] replay takes the newest and each class as often, everything each drawing, newest nothing else', () => {
    expect(countsOf({ what: 'replay' })).toEqual([20, 20, 20])
    const [first = 0, second = 0, third = 0] = countsOf({ what: 'everything', batchSize: 240 })
    expect(first + second + third).toBe(240)
    expect(third).toBeGreaterThan(160)
    expect(third).toBeLessThan(200)
    expect(first).toBeLessThan(35)
    const newest = [drawing(1, 0), drawing(2, 1)]
    expect(countsOf({ what: 'newest' }, newest)).toEqual([1, 1, 0])
    expect(countsOf({ what: 'newest' })).toEqual([0, 0, 0])
    expect(countsOf({ what: 'everything', batchSize: 8 }, [drawing(1, 0)])[0]).toBeGreaterThan(0)
  })

  test('[LEARN-46] with replay each class weighs the same, however many of the newest are its own', () => {
    const weightsOf = (settings: Partial<TrainingSettings>, newest: readonly LabelledDrawing[]): number[] => {
      const batch = composeBatch(stateWith(settings), replayOf(log), newest, [])
      const weights = [0, 0, 0]
      for (let sample = 0; sample < (batch?.size ?? 0); sample++)
        weights.forEach((weight, index) => {
          if ((batch?.targets[sample * 3 + index] ?? 0) > 0.5)
            weights[index] = weight + (batch?.sampleWeights[sample] ?? 0)
        })
      return weights
    }
    const newest = Array.from({ length: 10 }, (_, index) => drawing(3 + index, 2))
    for (const weight of weightsOf({}, newest)) expect(weight).toBeCloseTo(20, 4)
    const [first = 0, , third = 0] = weightsOf({ what: 'everything' }, newest)
    expect(third).toBeGreaterThan(4 * first)
  })

  test('[LEARN-61] a batch may be larger than what there is', () => {
    const few = replayOf(log.slice(0, 2))
    const batch = composeBatch(stateWith({ batchSize: 256 }), few, [], [])
    expect(batch?.size).toBe(256)
    expect(batch?.pixels.every(Number.isFinite)).toBe(true)
  })

  test('[LEARN-46] it is a function of seed and step; variation and dropout go as far as the settings say', () => {
    const compose = (settings: Partial<TrainingSettings>, step = 0): ReturnType<typeof composeBatch> =>
      composeBatch(stateWith({ batchSize: 8, ...settings }, step), replayOf(log), [], [])
    expect(compose({})).toEqual(compose({}))
    expect(compose({})?.pixels).not.toEqual(compose({}, 1)?.pixels)
    expect(compose({ dropout: 0 })?.dropout).toBeNull()
    const dropped = dropoutMask(10_000, 0.4, randomFor(1, 1, 'mask'))
    expect(dropped?.filter((factor) => factor === 0).length).toBeGreaterThan(3_800)
    expect(dropped?.filter((factor) => factor === 0).length).toBeLessThan(4_200)
    const plain = rasterise(shapes[2] ?? [], 'quickdraw')
    const away = (strength: number): number => {
      const pixels = new Float32Array(784)
      drawVaried(pixels, 0, shapes[2] ?? [], 'quickdraw', randomFor(1, 2, 'varied'), strength)
      return pixels.reduce((sum, value, index) => sum + Math.abs(value - (plain[index] ?? 0)), 0)
    }
    expect(away(0)).toBeLessThan(1e-3)
    expect(away(1)).toBeGreaterThan(5)
    expect(away(0.2)).toBeLessThan(away(1))
  })

  test('[LEARN-60] one class alone makes no batch', () => {
    const state = { ...stateWith({}), headIds: ['c2'] }
    expect(composeBatch(state, replayOf(log), [], [])).toBeNull()
  })
})
