/**
 * Probabilities from logits divided by a temperature, `classes` values a drawing (Guo 2017 for the temperature).
 */
export function softmax(
  logits: Float32Array,
  classes: number,
  temperature: number,
): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length)
  for (let at = 0; at < logits.length; at += classes) {
    let most = -Infinity
    for (let index = 0; index < classes; index++) most = Math.max(most, logits[at + index] ?? 0)
    let sum = 0
    for (let index = 0; index < classes; index++) {
      const value = Math.exp(((logits[at + index] ?? 0) - most) / temperature)
      probabilities[at + index] = value
      sum += value
    }
    for (let index = 0; index < classes; index++)
      probabilities[at + index] = (probabilities[at + index] ?? 0) / sum
  }
  return probabilities
}

/** Index of the greatest of `classes` values from `at`; -1 for none. */
export function argmax(values: ArrayLike<number>, at: number, classes: number): number {
  let best = -1
  for (let index = 0; index < classes; index++)
    if (best < 0 || (values[at + index] ?? 0) > (values[at + best] ?? 0)) best = index
  return best
}
