import { describe, expect, it } from 'vitest'
import { emaStep, warmDecay } from '../../../server/learning/model/ema.ts'
import {
  optimise,
  optimisedRanges,
  optimiserCopy,
  optimiserStart,
  type OptimisedRange,
} from '../../../server/learning/model/optimiser.ts'
import { randomFor } from '../../../server/learning/model/random.ts'
import { layoutOf } from '../../../shared/training/layout.ts'

const noise = (step: number, length = 50): Float32Array<ArrayBuffer> => {
  const random = randomFor(1, step, 'noise')
  return Float32Array.from({ length }, () => random.normal())
}
const all = (length: number): OptimisedRange[] => [{ from: 0, to: length, decays: true }]
const rate = (learningRate: number) => ({ learningRate, momentum: 0.9, weightDecay: 0 })

describe('Adam', () => {
  it('[BACKEND-7] moves each weight by the learning rate at first, whatever the size of its gradient', () => {
    const weights = new Float32Array(3)
    optimise(weights, Float32Array.of(0.001, -5, 0), optimiserStart('adam', 3), all(3), rate(0.01))
    expect(weights[0]).toBeCloseTo(-0.01, 6)
    expect(weights[1]).toBeCloseTo(0.01, 6)
    expect(weights[2]).toBe(0)
  })

  it('[BACKEND-7] follows the published algorithm', () => {
    const weights = new Float32Array(1)
    const state = optimiserStart('adam', 1)
    let mean = 0
    let square = 0
    let expected = 0
    for (let step = 1; step <= 20; step++) {
      const slope = noise(step)[0] ?? 0
      optimise(weights, Float32Array.of(slope), state, all(1), rate(0.1))
      mean = 0.9 * mean + 0.1 * slope
      square = 0.999 * square + 0.001 * slope * slope
      expected -= (0.1 * (mean / (1 - 0.9 ** step))) / (Math.sqrt(square / (1 - 0.999 ** step)) + 1e-8)
      expect(weights[0]).toBeCloseTo(expected, 4)
    }
  })
})

describe('SGD', () => {
  it('[BACKEND-7] goes along a velocity that keeps its momentum', () => {
    const weights = new Float32Array(1)
    const state = optimiserStart('sgd', 1)
    const step = { learningRate: 0.5, momentum: 0.75, weightDecay: 0 }
    optimise(weights, Float32Array.of(1), state, all(1), step)
    expect(weights[0]).toBe(-0.5)
    optimise(weights, Float32Array.of(2), state, all(1), step)
    expect(state.first[0]).toBe(2.75)
    expect(weights[0]).toBe(-0.5 - 0.5 * 2.75)
    expect(state.second[0]).toBe(0)
  })
})

describe.each(['adam', 'sgd'] as const)('%s', (kind) => {
  it('[BACKEND-8] goes on from a copy of its state with the very same bits', () => {
    const weights = noise(0)
    const state = optimiserStart(kind, 50)
    for (let step = 1; step <= 10; step++) optimise(weights, noise(step), state, all(50), rate(1e-3))
    const resumed = { weights: weights.slice(), state: optimiserCopy(state) }
    for (let step = 11; step <= 20; step++) {
      optimise(weights, noise(step), state, all(50), rate(1e-3))
      optimise(resumed.weights, noise(step), resumed.state, all(50), rate(1e-3))
    }
    expect(resumed.weights).toEqual(weights)
    expect(resumed.state).toEqual(state)
  })

  it('[BACKEND-12] takes its share of the weights it decays, beside the gradient, and of no other', () => {
    const weights = Float32Array.of(1, 1)
    const ranges = [
      { from: 0, to: 1, decays: true },
      { from: 1, to: 2, decays: false },
    ]
    const step = { learningRate: 0.5, momentum: 0, weightDecay: 0.25 }
    optimise(weights, new Float32Array(2), optimiserStart(kind, 2), ranges, step)
    expect([...weights]).toEqual([0.875, 1])
  })

  it('leaves weights outside its ranges alone, and never keeps denormal moments', () => {
    const weights = noise(0)
    const before = weights.slice()
    const state = optimiserStart(kind, 50)
    optimise(weights, noise(1), state, [{ from: 40, to: 50, decays: true }], rate(1e-3))
    expect(weights.subarray(0, 40)).toEqual(before.subarray(0, 40))
    expect(weights.subarray(40)).not.toEqual(before.subarray(40))
    optimise(weights, new Float32Array(50).fill(1e-30), state, all(50), rate(1e-3))
    expect(state.first.subarray(0, 40).every((value) => value === 0)).toBe(true)
    expect(state.second.subarray(0, 40).every((value) => value === 0)).toBe(true)
  })

  it('refuses arrays of different lengths', () => {
    expect(() => {
      optimise(new Float32Array(2), new Float32Array(3), optimiserStart(kind, 2), all(2), rate(1))
    }).toThrow('the optimiser wants equal lengths')
  })
})

describe('what of a network is optimised', () => {
  it.each(['cnn-deep', 'ensemble'] as const)(
    '[BACKEND-12] of %s never a statistic, decay on matrices alone',
    (family) => {
      const layout = layoutOf({ family, classes: 3 })
      const ranges = optimisedRanges(layout, 'all')
      expect(ranges).toEqual(
        layout
          .filter(({ role }) => role !== 'statistic')
          .map(({ offset, length, role }) => ({
            from: offset,
            to: offset + length,
            decays: role === 'matrix',
          })),
      )
      const heads = layout.filter(({ part }) => part === 'head')
      expect(optimisedRanges(layout, 'head').map(({ from }) => from)).toEqual(
        heads.map(({ offset }) => offset),
      )
    },
  )
})

describe('emaStep', () => {
  it('comes close to weights that stand still, soon at first', () => {
    const average = Float32Array.of(0, 0)
    for (let update = 1; update <= 30; update++)
      emaStep(average, Float32Array.of(1, -1), warmDecay(0.999, update))
    expect(average[0]).toBeGreaterThan(0.99)
    expect(average[1]).toBeLessThan(-0.99)
  })

  it('refuses another length', () => {
    expect(() => {
      emaStep(new Float32Array(1), new Float32Array(2), 0.9)
    }).toThrow(RangeError)
  })
})
