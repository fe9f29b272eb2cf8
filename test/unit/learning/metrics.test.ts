import { describe, expect, test } from 'vitest'
import { accuracyOf, confusionOf, mixedUpMost, wilsonBand } from '../../../shared/training/metrics.ts'

const judged = (pairs: string): { truth: string; guess: string }[] =>
  pairs.split(' ').map((pair) => ({ truth: pair.charAt(0), guess: pair.charAt(1) }))

describe('metrics', () => {
  test('[LEARN-1] the 95% band is that of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263 and 0 of 20.
    expect(wilsonBand(81, 263).low).toBeCloseTo(0.2553, 4)
    expect(wilsonBand(81, 263).high).toBeCloseTo(0.3662, 4)
    expect(wilsonBand(0, 20).low).toBe(0)
    expect(wilsonBand(0, 20).high).toBeCloseTo(0.1611, 4)
    expect(wilsonBand(0, 0)).toEqual({ low: 0, high: 1 })
  })

  test('[LEARN-1] an accuracy names how many drawings it rests on', () => {
    expect(accuracyOf([], 'test')).toBeNull()
    expect(accuracyOf(judged('aa ab bb bb'), 'prequential')).toMatchObject({
      right: 3,
      of: 4,
      share: 0.75,
      kind: 'prequential',
    })
  })

  test('[LEARN-1] the confusion counts each class against each guess', () => {
    const confusion = confusionOf(judged('aa ab ab ba'))
    expect(confusion.get('a')).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    )
    expect(mixedUpMost(judged('aa ab ab ba'))).toEqual(['a', 'b', 2])
    expect(mixedUpMost(judged('aa bb'))).toBeNull()
  })
})
