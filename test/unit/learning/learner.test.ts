import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Batch, Gradient, Network, Trained } from '../../../server/learning/backend/backend.ts'
import {
  Learner,
  learnerStart,
  type FitOptions,
  type LearnerState,
} from '../../../server/learning/trainer/learner.ts'
import type { Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'

const options: FitOptions = {
  learningRate: 0.5,
  momentum: 0,
  weightDecay: 0,
  optimiser: 'sgd',
  trained: 'all',
}

/** A network whose gradient is what the test says. */
class Scripted implements Network {
  next: Gradient
  asked: Trained[] = []

  constructor(readonly architecture: Architecture) {
    const values = new Float32Array(weightCount(architecture)).fill(1)
    this.next = { loss: 2, losses: Float32Array.of(1, 3), values, statistics: [] }
  }

  setWeights(): void {
    this.asked = []
  }
  logits(): Promise<Float32Array> {
    return Promise.resolve(new Float32Array())
  }
  embed(): Promise<Float32Array> {
    return Promise.resolve(new Float32Array())
  }
  gradient(_batch: Batch, trained: Trained): Promise<Gradient> {
    this.asked.push(trained)
    return Promise.resolve(this.next)
  }
  dispose(): void {
    this.asked = []
  }
}

const batch: Batch = {
  size: 2,
  pixels: new Float32Array(2 * 784),
  targets: Float32Array.of(1, 0, 0, 1),
  sampleWeights: Float32Array.of(1, 1),
  dropout: null,
}

function begin(family: Architecture['family'], value = 1): { learner: Learner; network: Scripted } {
  const architecture = { family, classes: 2 }
  const network = new Scripted(architecture)
  const weights = new Float32Array(weightCount(architecture)).fill(value)
  const learner = new Learner({ with: () => network }, learnerStart(architecture, weights, 'sgd'))
  return { learner, network }
}

/** Arrays as checksums: comparing them value by value takes seconds. */
function bits({ weights, average, averageUpdates, optimiser }: LearnerState): unknown {
  const sums = [weights, average, optimiser.first, optimiser.second].map((values) =>
    createHash('sha256').update(values).digest('hex'),
  )
  return { sums, averageUpdates, kind: optimiser.kind, powers: [optimiser.beta1Power, optimiser.beta2Power] }
}

describe('the learner', () => {
  test('[LEARN-40] a step moves the weights and lets their average follow', async () => {
    const { learner } = begin('cnn')
    expect(await learner.fit(batch, options)).toEqual({ loss: 2, losses: Float32Array.of(1, 3) })
    const { weights, average, averageUpdates } = learner.state
    expect(weights.every((value) => value === 0.5)).toBe(true)
    // At its first update an average keeps 2/11 of what it was.
    expect(average[0]).toBeCloseTo((2 / 11) * 1 + (9 / 11) * 0.5, 6)
    expect(averageUpdates).toBe(1)
  })

  test('[LEARN-40] the head alone is trained where that is asked', async () => {
    const { learner, network } = begin('ensemble')
    await learner.fit(batch, { ...options, trained: 'head' })
    expect(network.asked).toEqual(['head'])
    const { weights } = learner.state
    for (const { part, offset, length } of layoutOf(network.architecture))
      expect(
        weights.subarray(offset, offset + length).every((value) => value === (part === 'head' ? 0.5 : 1)),
      ).toBe(true)
  })

  test('[LEARN-40] running statistics follow those of the batches, a tenth each, and no gradient', async () => {
    const { learner, network } = begin('cnn-deep')
    const statistics = layoutOf(network.architecture).filter(({ role }) => role === 'statistic')
    network.next = {
      ...network.next,
      statistics: statistics.map(({ offset, length }) => ({
        offset,
        values: new Float32Array(length).fill(11),
      })),
    }
    await learner.fit(batch, options)
    for (const { offset } of statistics) expect(learner.state.weights[offset]).toBeCloseTo(2, 6)
    expect(learner.state.weights[0]).toBe(0.5)
  })

  test('[LEARN-40] another optimiser begins with empty moments', async () => {
    const { learner } = begin('cnn')
    await learner.fit(batch, options)
    expect(learner.state.optimiser.first[0]).toBe(1)
    await learner.fit(batch, { ...options, optimiser: 'adam' })
    const { optimiser } = learner.state
    expect(optimiser.kind).toBe('adam')
    expect(optimiser.first[0]).toBeCloseTo(0.1, 6)
    expect(optimiser.beta1Power).toBe(0.9)
  })

  test.each([
    ['a loss', { loss: NaN }],
    ['a loss', { loss: Infinity }],
    ['a gradient', { values: new Float32Array(weightCount({ family: 'cnn', classes: 2 })).fill(NaN, 7, 8) }],
  ])('[LEARN-41] %s that is no number is refused and changes nothing', async (_what, wrong) => {
    const { learner, network } = begin('cnn')
    await learner.fit(batch, options)
    const before = bits(learner.state)
    network.next = { ...network.next, ...wrong }
    await expect(learner.fit(batch, { ...options, optimiser: 'adam' })).rejects.toMatchObject({
      name: 'LearningError',
      code: 'diverged',
    })
    expect(bits(learner.state)).toEqual(before)
  })

  test.each(['sgd', 'adam'] as const)(
    '[LEARN-41] a step of %s that goes beyond all numbers is refused',
    async (optimiser) => {
      const { learner, network } = begin('cnn')
      network.next = { ...network.next, values: network.next.values.map(() => 3e38) }
      const far = { ...options, optimiser, learningRate: 100 }
      await expect(learner.fit(batch, far)).rejects.toMatchObject({ code: 'diverged' })
    },
  )

  test('weights of another network are refused', () => {
    const network = new Scripted({ family: 'cnn', classes: 2 })
    const weights = new Float32Array(5)
    expect(
      () => new Learner({ with: () => network }, learnerStart(network.architecture, weights, 'adam')),
    ).toThrow('5 values are not those of a cnn of 2 classes')
  })
})
