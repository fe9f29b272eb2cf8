import { describe, expect, it } from 'vitest'
import { augment, defaultAugmentation } from '../../../server/learning/model/augment.ts'
import { randomFor } from '../../../server/learning/model/random.ts'

const strokes = [
  { xs: [0, 50, 100], ys: [0, 100, 0] },
  { xs: [20, 80], ys: [50, 50] },
]

describe('augment', () => {
  it('[BACKEND-11] is a function of the drawing and the random, and changes neither drawing nor count', () => {
    const before = structuredClone(strokes)
    const options = { ...defaultAugmentation, prefix: 0 }
    const first = augment(strokes, randomFor(1, 1, 'augment'), options)
    expect(augment(strokes, randomFor(1, 1, 'augment'), options)).toEqual(first)
    expect(augment(strokes, randomFor(1, 2, 'augment'), options)).not.toEqual(first)
    expect(strokes).toEqual(before)
    expect(first.strokes.map(({ xs }) => xs.length)).toEqual([3, 2])
  })

  it('[BACKEND-11] keeps the beginning of the ink where it takes a prefix', () => {
    const options = { ...defaultAugmentation, prefix: 1, prefixLeast: 0.25 }
    for (let step = 0; step < 50; step++) {
      const counts = augment(strokes, randomFor(1, step, 'augment'), options).strokes.map(
        ({ xs }) => xs.length,
      )
      expect(counts.at(0)).toBeGreaterThanOrEqual(1)
      if (counts.length === 2) expect(counts.at(0)).toBe(3)
    }
  })

  it('takes drawings without points or extent', () => {
    expect(augment([], randomFor(1, 1, 'augment')).strokes).toEqual([])
    const [dot] = augment([{ xs: [4], ys: [4] }], randomFor(1, 1, 'augment')).strokes
    expect([...(dot?.xs ?? []), ...(dot?.ys ?? [])].every(Number.isFinite)).toBe(true)
  })
})
