import type { Accuracy, Share } from './status.ts'

/** A judged guess: what the drawing is and what it was taken for ('' where no class was guessed). */
export interface Judged {
  readonly truth: string
  readonly guess: string
}

/** Two-sided 95% point of the normal distribution. */
const Z = 1.959964

/** The 95% score band of a share (Wilson 1927), in 0..1; the whole range for no trials. */
export function wilsonBand(right: number, of: number): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 }
  const share = right / of
  const square = (Z * Z) / of
  const middle = share + square / 2
  const reach = Z * Math.sqrt((share * (1 - share)) / of + square / (4 * of))
  return {
    low: Math.max(0, (middle - reach) / (1 + square)),
    high: Math.min(1, (middle + reach) / (1 + square)),
  }
}

/** The share of right guesses with its band; null where nothing was judged. */
export function shareOf(judged: readonly Judged[]): Share | null {
  const of = judged.length
  if (of === 0) return null
  const right = judged.filter(({ truth, guess }) => truth === guess).length
  return { right, of, share: right / of, ...wilsonBand(right, of) }
}

/** The same with what it was measured on. */
export function accuracyOf(judged: readonly Judged[], kind: Accuracy['kind']): Accuracy | null {
  const share = shareOf(judged)
  return share && { ...share, kind }
}

/** How often each class (outer key) was taken for each other or itself (inner key). */
export function confusionOf(judged: readonly Judged[]): Map<string, Map<string, number>> {
  const confusion = new Map<string, Map<string, number>>()
  for (const { truth, guess } of judged) {
    const row = confusion.get(truth) ?? new Map<string, number>()
    row.set(guess, (row.get(guess) ?? 0) + 1)
    confusion.set(truth, row)
  }
  return confusion
}

/** The class most often taken for another one: [is, was taken for, times]; the first seen of equals, null for none. */
export function mixedUpMost(judged: readonly Judged[]): readonly [string, string, number] | null {
  let most: readonly [string, string, number] | null = null
  for (const [truth, row] of confusionOf(judged))
    for (const [guess, times] of row)
      if (guess !== truth && guess !== '' && times > (most?.[2] ?? 0)) most = [truth, guess, times]
  return most
}
