/** A guess below this share of certainty is not said as an answer. */
const SURE_SHARE = 0.4
/** Nor is one that is not this many times as likely as blind choice among the classes. */
const SURE_TIMES_CHANCE = 1.3

/**
 * What to say about the probabilities of the classes: `blank` without any, `unsure` below both bounds, `sure` from
 * there on. `index` is the likeliest class, `share` its probability in 0..1.
 */
export type Verdict =
  | { readonly state: 'blank' }
  | { readonly state: 'unsure' | 'sure'; readonly index: number; readonly share: number }

/**
 * The bounds are a first form for shares that are not calibrated: with ten classes 'sure' starts at 40%, with two
 * at 65%, and with a single class nothing is ever sure.
 */
export function verdictOf(probabilities: readonly number[] | null): Verdict {
  if (!probabilities || probabilities.length === 0) return { state: 'blank' }
  let index = 0
  for (let i = 1; i < probabilities.length; i++) {
    if ((probabilities[i] ?? 0) > (probabilities[index] ?? 0)) index = i
  }
  const share = probabilities[index] ?? 0
  const bound = Math.max(SURE_SHARE, SURE_TIMES_CHANCE / probabilities.length)
  return { state: share >= bound ? 'sure' : 'unsure', index, share }
}

/** Whole per cent for people: '<1' for nearly nothing, and never 100, which no guess deserves. */
export function percentText(share: number): string {
  if (share < 0.01) return '<1'
  return String(Math.min(99, Math.round(share * 100)))
}
