import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHalf, encodeHalf } from '../../../server/learning/model/half.ts'
import { initialWeights } from '../../../server/learning/model/initialise.ts'
import { randomFor } from '../../../server/learning/model/random.ts'
import {
  classMapping,
  meanColumnLengths,
  relayHead,
  setHeadColumn,
} from '../../../server/learning/model/widen.ts'
import { EMBEDDING, type Architecture } from '../../../shared/training/architecture.ts'
import { weightCount } from '../../../shared/training/layout.ts'

const cnn = (classes: number): Architecture => ({ family: 'cnn', classes })
const BODY_LENGTH = weightCount(cnn(0))

const column = (weights: Float32Array, classes: number, index: number): number[] =>
  Array.from({ length: EMBEDDING }, (_, unit) => weights[BODY_LENGTH + unit * classes + index] ?? NaN)

describe('relayHead', () => {
  it('[BACKEND-9] keeps the body and the kept classes, in their new places, and zeroes new ones', () => {
    const old = initialWeights(1, cnn(3))
    const mapping = classMapping(['a', 'b', 'c'], ['c', 'new', 'a'])
    expect(mapping).toEqual([2, null, 0])
    const next = relayHead(old, cnn(3), mapping)
    expect(next).toHaveLength(weightCount(cnn(3)))
    expect(next.subarray(0, BODY_LENGTH)).toEqual(old.subarray(0, BODY_LENGTH))
    expect(column(next, 3, 0)).toEqual(column(old, 3, 2))
    expect(column(next, 3, 1).every((value) => value === 0)).toBe(true)
    expect(column(next, 3, 2)).toEqual(column(old, 3, 0))
  })

  it('[BACKEND-9] goes to no class and comes back from there', () => {
    const bare = relayHead(initialWeights(1, cnn(3)), cnn(3), [])
    expect(bare).toHaveLength(BODY_LENGTH)
    expect(relayHead(bare, cnn(0), [null, null])).toHaveLength(weightCount(cnn(2)))
  })

  it('refuses weights of another network and classes that were not there', () => {
    expect(() => relayHead(new Float32Array(4), cnn(1), [0])).toThrow(
      "not those of a network 'cnn' of 1 classes",
    )
    expect(() => relayHead(initialWeights(1, cnn(1)), cnn(1), [1])).toThrow('no old class 1')
  })
})

describe('setHeadColumn', () => {
  it('writes one class and no other', () => {
    const weights = new Float32Array(weightCount(cnn(2)))
    setHeadColumn(weights, cnn(2), 1, new Float32Array(EMBEDDING).fill(0.5), 0.25)
    expect(column(weights, 2, 0).every((value) => value === 0)).toBe(true)
    expect(column(weights, 2, 1).every((value) => value === 0.5)).toBe(true)
    expect(weights.at(-1)).toBe(0.25)
    expect(meanColumnLengths(weights, cnn(2), 9)[0]).toBeCloseTo(Math.sqrt(EMBEDDING * 0.25) / 2, 5)
    expect(meanColumnLengths(weights, cnn(0), 9)).toEqual([9])
  })
})

describe('initialWeights', () => {
  it('is a function of the seed, and its body does not depend on the classes', () => {
    expect(initialWeights(1, cnn(2))).toEqual(initialWeights(1, cnn(2)))
    expect(initialWeights(2, cnn(2))).not.toEqual(initialWeights(1, cnn(2)))
    expect(initialWeights(1, cnn(5)).subarray(0, BODY_LENGTH)).toEqual(
      initialWeights(1, cnn(2)).subarray(0, BODY_LENGTH),
    )
  })
})

describe('half floats', () => {
  it('[STARTER-1] come back within their precision', () => {
    fc.assert(
      fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
        const [back = NaN] = decodeHalf(encodeHalf(Float32Array.of(value)))
        expect(Math.abs(back - value)).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(value) * 2 ** -11))
        expect(decodeHalf(encodeHalf(Float32Array.of(back)))[0]).toBe(back)
      }),
      { seed: 3, numRuns: 1000 },
    )
  })

  it('[STARTER-1] keep zeros, infinities and what is no number', () => {
    const values = Float32Array.of(0, 1, -2, 65504, 1e6, -Infinity, NaN, 2 ** -24, 2 ** -26)
    expect([...decodeHalf(encodeHalf(values))]).toEqual([
      0,
      1,
      -2,
      65504,
      Infinity,
      -Infinity,
      NaN,
      2 ** -24,
      0,
    ])
  })
})

describe('randomFor', () => {
  it('[BACKEND-10] depends on seed, step and purpose, and on nothing else', () => {
    const draw = (seed: number, step: number, purpose: string): number[] => {
      const random = randomFor(seed, step, purpose)
      return [random.uniform(), random.normal(), random.int(1000), ...random.shuffle([1, 2, 3, 4, 5])]
    }
    expect(draw(1, 2, 'a')).toEqual(draw(1, 2, 'a'))
    const others = [draw(1, 2, 'a'), draw(2, 2, 'a'), draw(1, 3, 'a'), draw(1, 2, 'b'), draw(2, 1, 'a')]
    expect(new Set(others.map(([first]) => first)).size).toBe(others.length)
  })

  it('has the mean and spread its name promises, also over the first draws of many steps', () => {
    const firsts = Array.from({ length: 4000 }, (_, step) => randomFor(9, step, 'first').uniform())
    const normals = Array.from({ length: 4000 }, (_, step) => randomFor(9, step, 'first').normal())
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(firsts)).toBeCloseTo(0.5, 1)
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map((value) => value * value))).toBeCloseTo(1, 1)
  })
})
