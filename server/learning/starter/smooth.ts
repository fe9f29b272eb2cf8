/** Points of one stroke. */
export interface Stroke {
  readonly xs: Float32Array
  readonly ys: Float32Array
}

const PASSES = 2

/**
 * A skeleton on the pixel grid as a pen would have drawn it: binomial smoothing takes the stairs out, the ends stay
 * where they are.
 */
export function smoothStroke(xs: readonly number[], ys: readonly number[]): Stroke {
  return { xs: smooth(xs), ys: smooth(ys) }
}

function smooth(values: readonly number[]): Float32Array {
  let current = Float32Array.from(values)
  for (let pass = 0; pass < PASSES; pass++) {
    const source = current
    current = source.map((value, index) =>
      index === 0 || index === source.length - 1
        ? value
        : ((source[index - 1] ?? 0) + 2 * value + (source[index + 1] ?? 0)) / 4,
    )
  }
  return current
}
