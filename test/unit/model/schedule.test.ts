import { describe, expect, test } from 'vitest'
import { rateAt } from '../../../server/learning/model/schedule.ts'
import { schedules } from '../../../shared/training/settings.ts'

const run = (schedule: (typeof schedules)[number]): number[] =>
  Array.from({ length: 101 }, (_, index) => rateAt(schedule, 2, index / 100))

describe('a learning rate over a run', () => {
  test('[BACKEND-13] constant stays; exponential and cosine fall all the way to a hundredth', () => {
    expect(run('constant').every((rate) => rate === 2)).toBe(true)
    for (const schedule of ['exponential', 'cosine'] as const) {
      const rates = run(schedule)
      expect(rates[0]).toBe(2)
      expect(rates.at(-1)).toBeCloseTo(0.02, 12)
      expect(rates.every((rate, index) => index === 0 || rate < (rates[index - 1] ?? 0))).toBe(true)
    }
    expect(rateAt('exponential', 2, 0.5)).toBeCloseTo(0.2, 12)
    expect(rateAt('cosine', 2, 0.5)).toBeCloseTo(1.01, 12)
  })

  test('[BACKEND-13] one-cycle rises from a 25th over the first 30%, then falls to a ten-thousandth', () => {
    const rates = run('one-cycle')
    expect(rates[0]).toBeCloseTo(2 / 25, 12)
    expect(rates[30]).toBe(2)
    expect(rates.at(-1)).toBeCloseTo(2e-4, 12)
    rates.forEach((rate, index) => {
      if (index > 0) expect(Math.sign(rate - (rates[index - 1] ?? 0))).toBe(index <= 30 ? 1 : -1)
    })
  })

  test('[BACKEND-13] beyond the ends it is what it is there', () => {
    for (const schedule of schedules) {
      expect(rateAt(schedule, 1, -3)).toBe(rateAt(schedule, 1, 0))
      expect(rateAt(schedule, 1, 7)).toBe(rateAt(schedule, 1, 1))
    }
  })
})
