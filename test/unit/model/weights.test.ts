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
import { startingWeights } from '../../../server/learning/starter/starting-weights.ts'
import { EMBEDDING, type Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'
import { families } from '../../../shared/training/settings.ts'

const cnn = (classes: number): Architecture => ({ family: 'cnn', classes })
const BODY_LENGTH = weightCount(cnn(0))

const column = (weights: Float32Array, classes: number, index: number): number[] =>
  Array.from({ length: EMBEDDING }, (_, unit) => weights[BODY_LENGTH + unit * classes + index] ?? NaN)

/** Compares bits, which `toEqual` takes seconds for. */
function expectSame(got: Float32Array, wanted: Float32Array): void {
  expect(bytesOf(got).equals(bytesOf(wanted))).toBe(true)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

describe('relayHead', () => {
  it('[BACKEND-9] keeps the body and the kept classes, in their new places, and zeroes new ones', () => {
    const old = initialWeights(1, cnn(3))
    const mapping = classMapping(['a', 'b', 'c'], ['c', 'new', 'a'])
    expect(mapping).toEqual([2, null, 0])
    const next = relayHead(old, cnn(3), mapping)
    expect(next).toHaveLength(weightCount(cnn(3)))
    expectSame(next.subarray(0, BODY_LENGTH), old.subarray(0, BODY_LENGTH))
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

describe('an ensemble', () => {
  const ensemble = (classes: number): Architecture => ({ family: 'ensemble', classes })
  const memberOf = (weights: Float32Array, member: number): Float32Array =>
    weights.subarray((member * weights.length) / 3, ((member + 1) * weights.length) / 3)

  it('[FAMILY-8] gets, keeps and loses classes in every member', () => {
    const old = initialWeights(1, ensemble(3))
    const mapping = [2, null, 0, 1]
    const next = relayHead(old, ensemble(3), mapping)
    expect(next).toHaveLength(weightCount(ensemble(4)))
    for (let member = 0; member < 3; member++)
      expectSame(memberOf(next, member), relayHead(memberOf(old, member), cnn(3), mapping))
    expect(relayHead(relayHead(old, ensemble(3), [1]), ensemble(1), [])).toHaveLength(3 * BODY_LENGTH)
  })

  it('[FAMILY-8] is imprinted in each member with that member’s own part of the column', () => {
    const weights = new Float32Array(weightCount(ensemble(2)))
    const parts = Float32Array.from(
      { length: 3 * EMBEDDING },
      (_, index) => 1 + Math.floor(index / EMBEDDING),
    )
    setHeadColumn(weights, ensemble(2), 1, parts, 0.25)
    for (let member = 0; member < 3; member++) {
      const own = memberOf(weights, member)
      expect(column(own, 2, 0).every((value) => value === 0)).toBe(true)
      expect(column(own, 2, 1).every((value) => value === 1 + member)).toBe(true)
      expect(own.at(-1)).toBe(0.25)
    }
    const root = Math.sqrt(EMBEDDING)
    meanColumnLengths(weights, ensemble(2), 9).forEach((length, member) => {
      expect(length).toBeCloseTo((root * (1 + member)) / 2, 4)
    })
    expect(meanColumnLengths(weights.subarray(0, 3 * BODY_LENGTH), ensemble(0), 9)).toEqual([9, 9, 9])
  })

  it('[FAMILY-9] begins with members that differ, the first of them as a network alone begins', () => {
    const weights = initialWeights(4, ensemble(2))
    expectSame(memberOf(weights, 0), initialWeights(4, cnn(2)))
    expect(bytesOf(memberOf(weights, 1)).equals(bytesOf(memberOf(weights, 0)))).toBe(false)
    expect(bytesOf(memberOf(weights, 2)).equals(bytesOf(memberOf(weights, 1)))).toBe(false)
  })
})

describe('starting weights', () => {
  const starter = { classes: ['0', '1', '2'], weights: initialWeights(8, cnn(3)) }
  const trained = relayHead(starter.weights, cnn(3), [2, 0])

  it('[FAMILY-9] are the starter’s for its own network and an ensemble’s first member, else random', () => {
    expectSame(startingWeights('cnn', 5, starter, [2, 0]), trained)
    const ensemble = startingWeights('ensemble', 5, starter, [2, 0])
    expectSame(ensemble.subarray(0, trained.length), trained)
    const random = initialWeights(5, { family: 'ensemble', classes: 2 })
    expectSame(ensemble.subarray(trained.length), random.subarray(trained.length))
    for (const family of ['mlp', 'cnn-deep'] as const)
      expectSame(startingWeights(family, 5, starter, [2, 0]), initialWeights(5, { family, classes: 2 }))
  })

  it('[FAMILY-9] have a fresh column for a class that the starter does not know', () => {
    const known = relayHead(startingWeights('cnn', 5, starter, [null, 2]), cnn(2), [1])
    expectSame(known, relayHead(starter.weights, cnn(3), [2]))
    const fresh = relayHead(initialWeights(5, cnn(2)), cnn(2), [0])
    const head = relayHead(startingWeights('cnn', 5, starter, [null, 2]), cnn(2), [0])
    const { offset = 0 } = layoutOf(cnn(1)).find(({ part }) => part === 'head') ?? {}
    expectSame(head.subarray(offset), fresh.subarray(offset))
    expectSame(head.subarray(0, offset), starter.weights.subarray(0, offset))
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
    expectSame(initialWeights(1, cnn(2)), initialWeights(1, cnn(2)))
    expect(bytesOf(initialWeights(2, cnn(2))).equals(bytesOf(initialWeights(1, cnn(2))))).toBe(false)
    const bodies = [5, 2].map((classes) => initialWeights(1, cnn(classes)).subarray(0, BODY_LENGTH))
    expectSame(bodies[0] ?? new Float32Array(), bodies[1] ?? new Float32Array())
  })
})

describe('a family', () => {
  it('[FAMILY-9] begins with batch-norms that change nothing, and matrices of the spread that their inputs ask for', () => {
    for (const family of families) {
      const architecture = { family, classes: 4 }
      const weights = initialWeights(6, architecture)
      for (const { name, role, shape, offset, length, part } of layoutOf(architecture)) {
        const values = weights.subarray(offset, offset + length)
        const start = /(scale|variance)$/.test(name) ? 1 : 0
        if (role !== 'matrix') expect(values.every((value) => value === start)).toBe(true)
        else if (part === 'body') {
          const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / length)
          expect(spread / Math.sqrt((2 * (shape.at(-1) ?? 0)) / length), name).toBeCloseTo(1, 0)
        }
      }
    }
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
