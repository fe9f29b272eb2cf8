import { describe, expect, test } from 'vitest'
import { Replay, type LabelledDrawing } from '../../../server/learning/replay.ts'
import { imprintBias } from '../../../server/learning/trainer/imprint-bias.ts'
import type { TrainingState } from '../../../server/learning/trainer/state.ts'

const headIds = ['old', 'older', 'new'] as const
const state: Pick<TrainingState, 'family' | 'headIds' | 'recipe'> = {
  family: 'cnn',
  headIds,
  recipe: 'quickdraw',
}

function drawing(classId: string, place: number): LabelledDrawing {
  const strokes = [{ xs: [0, place + 1], ys: [0, 1] }]
  return { id: `${classId}${String(place)}`, seq: place + 1, classId, split: 'train', strokes }
}

/** The bias where the new class's logit stands so far above the best of the others on their drawings, then on its own. */
async function biasOf(theirs: readonly number[], own: readonly number[]): Promise<number> {
  const replay = new Replay(() => 0, 100)
  theirs.forEach((_, place) => {
    replay.apply(drawing('old', place))
  })
  own.forEach((_, place) => {
    replay.apply(drawing('new', place))
  })
  const margins = [...theirs, ...own]
  const networks = {
    logits: (_weights: Float32Array, _architecture: unknown, pixels: Float32Array) => {
      expect(pixels).toHaveLength(784 * margins.length)
      return Promise.resolve(Float32Array.from(margins.flatMap((margin) => [1, 0, 1 + margin])))
    },
  }
  return imprintBias(state, new Float32Array(), 'new', ['old', 'older'], replay, networks)
}

describe('the bias of a class that joins', () => {
  test('[LEARN-18] lies between its own drawings and those of the others where these can be told apart', async () => {
    expect(await biasOf([3, 4, 2], [8, 8])).toBeCloseTo(-6)
    expect(await biasOf([-5, -4, -6], [-2, -2])).toBeCloseTo(3)
  })

  test('[LEARN-18] leaves the others theirs where they overlap', async () => {
    expect(await biasOf([3, 4, 2], [1, 3])).toBeCloseTo(-4)
  })

  test('[LEARN-18] is none where nothing is known of the others', async () => {
    expect(await biasOf([], [5])).toBe(0)
  })
})
