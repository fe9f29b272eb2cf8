const TINY = 1e-18

/**
 * Moves `average` towards `weights`, in place: average = decay * average + (1 - decay) * weights. `decay` in 0..1;
 * `from` is the index of the first value that changes.
 */
export function emaStep(average: Float32Array, weights: Float32Array, decay: number, from = 0): void {
  if (average.length !== weights.length)
    throw new RangeError(`an average of ${average.length} values cannot follow ${weights.length} weights`)
  const rest = 1 - decay
  for (let index = from; index < average.length; index++) {
    const next = decay * (average[index] ?? 0) + rest * (weights[index] ?? 0)
    average[index] = next < TINY && next > -TINY ? 0 : next
  }
}

/**
 * The decay for the `updates`-th update (from 1) of an average that starts at its first weights: short memory at
 * first, `decay` in the long run.
 */
export function warmDecay(decay: number, updates: number): number {
  return Math.min(decay, (1 + updates) / (10 + updates))
}
