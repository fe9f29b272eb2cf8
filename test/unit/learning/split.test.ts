import { describe, expect, test } from 'vitest'
import { ALWAYS_TRAIN, splitOf } from '../../../server/dataset/split.ts'

describe('the split of a drawing', () => {
  test("[LEARN-2] a class's first five drawings always train", () => {
    for (let index = 0; index < 500; index++)
      for (let soFar = 0; soFar < ALWAYS_TRAIN; soFar++)
        expect(splitOf(`drawing${index}`, soFar)).toBe('train')
  })

  test('[LEARN-2] of the later ones a fifth is kept aside, half of it for validation', () => {
    const counts = { train: 0, validation: 0, test: 0 }
    const many = 20_000
    for (let index = 0; index < many; index++) counts[splitOf(`drawing${index}`, 5 + (index % 90))]++
    expect(counts.train / many).toBeCloseTo(0.8, 1)
    expect(counts.validation / many).toBeGreaterThan(0.09)
    expect(counts.validation / many).toBeLessThan(0.11)
    expect(counts.test / many).toBeGreaterThan(0.09)
    expect(counts.test / many).toBeLessThan(0.11)
  })

  test('[LEARN-2] the same drawing is always in the same split', () => {
    for (let index = 0; index < 100; index++) expect(splitOf(`d${index}`, 7)).toBe(splitOf(`d${index}`, 70))
  })
})
