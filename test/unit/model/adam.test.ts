import { describe, expect, it } from 'vitest'
import { adamCopy, adamStart, adamStep } from '../../../server/learning/model/adam.ts'
import { emaStep, warmDecay } from '../../../server/learning/model/ema.ts'
import { randomFor } from '../../../server/learning/model/random.ts'

const noise = (step: number): Float32Array => {
  const random = randomFor(1, step, 'noise')
  return Float32Array.from({ length: 50 }, () => random.normal())
}

describe('adamStep', () => {
  it('[BACKEND-7] moves each weight by the learning rate at first, whatever the size of its gradient', () => {
    const weights = new Float32Array(3)
    adamStep(weights, Float32Array.of(0.001, -5, 0), adamStart(3), { learningRate: 0.01 })
    expect(weights[0]).toBeCloseTo(-0.01, 6)
    expect(weights[1]).toBeCloseTo(0.01, 6)
    expect(weights[2]).toBe(0)
  })

  it('[BACKEND-7] follows the published algorithm', () => {
    const weights = new Float32Array(1)
    const state = adamStart(1)
    let mean = 0
    let square = 0
    let expected = 0
    for (let step = 1; step <= 20; step++) {
      const slope = noise(step)[0] ?? 0
      adamStep(weights, Float32Array.of(slope), state, { learningRate: 0.1 })
      mean = 0.9 * mean + 0.1 * slope
      square = 0.999 * square + 0.001 * slope * slope
      expected -= (0.1 * (mean / (1 - 0.9 ** step))) / (Math.sqrt(square / (1 - 0.999 ** step)) + 1e-8)
      expect(weights[0]).toBeCloseTo(expected, 4)
    }
  })

  it('[BACKEND-8] goes on from a copy of its state with the very same bits', () => {
    const weights = noise(0)
    const state = adamStart(50)
    for (let step = 1; step <= 10; step++) adamStep(weights, noise(step), state, { learningRate: 1e-3 })
    const resumed = { weights: weights.slice(), state: adamCopy(state) }
    for (let step = 11; step <= 20; step++) {
      adamStep(weights, noise(step), state, { learningRate: 1e-3 })
      adamStep(resumed.weights, noise(step), resumed.state, { learningRate: 1e-3 })
    }
    expect(resumed.weights).toEqual(weights)
    expect(resumed.state).toEqual(state)
  })

  it('leaves weights before `from` alone, and never keeps denormal moments', () => {
    const weights = noise(0)
    const before = weights.slice()
    const state = adamStart(50)
    adamStep(weights, noise(1), state, { learningRate: 1e-3, from: 40 })
    expect(weights.subarray(0, 40)).toEqual(before.subarray(0, 40))
    expect(weights.subarray(40)).not.toEqual(before.subarray(40))
    adamStep(weights, new Float32Array(50).fill(1e-30), state, { learningRate: 1e-3 })
    expect(state.first.subarray(0, 40).every((value) => value === 0)).toBe(true)
    expect(state.second.subarray(0, 40).every((value) => value === 0)).toBe(true)
  })

  it('refuses arrays of different lengths', () => {
    expect(() => {
      adamStep(new Float32Array(2), new Float32Array(3), adamStart(2), { learningRate: 1 })
    }).toThrow('Adam wants equal lengths')
  })
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
