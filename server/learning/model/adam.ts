/**
 * The state of Adam over one flat weight vector. `beta1Power` and `beta2Power` are the running products of the
 * betas, stored rather than taken from `step` by `pow`, so that a restored state goes on with the very same bits.
 */
export interface AdamState {
  readonly first: Float32Array
  readonly second: Float32Array
  beta1Power: number
  beta2Power: number
}

export interface AdamOptions {
  readonly learningRate: number
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  /** Index of the first weight that may change; `BODY_LENGTH` trains the head alone. Default 0. */
  readonly from?: number
}

/** Values below this are set to zero: denormal numbers make the step up to sixty times slower. */
const TINY = 1e-18

/** Adam before its first step, for `length` weights. */
export function adamStart(length: number): AdamState {
  return { first: new Float32Array(length), second: new Float32Array(length), beta1Power: 1, beta2Power: 1 }
}

/** A copy that no further step changes, as a checkpoint wants it. */
export function adamCopy(state: AdamState): AdamState {
  return { ...state, first: state.first.slice(), second: state.second.slice() }
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1), in place on `weights` and `state`. The same inputs give the
 * same bits. All arrays have one length.
 */
export function adamStep(
  weights: Float32Array,
  gradient: Float32Array,
  state: AdamState,
  options: AdamOptions,
): void {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, from = 0 } = options
  const { first, second } = state
  if (
    gradient.length !== weights.length ||
    first.length !== weights.length ||
    second.length !== weights.length
  )
    throw new RangeError(
      `Adam wants equal lengths: weights ${weights.length}, gradient ${gradient.length}, moments ${first.length} and ${second.length}`,
    )
  state.beta1Power *= beta1
  state.beta2Power *= beta2
  const rate = learningRate / (1 - state.beta1Power)
  const correction = 1 / (1 - state.beta2Power)
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  for (let index = from; index < weights.length; index++) {
    const slope = gradient[index] ?? 0
    let mean = beta1 * (first[index] ?? 0) + rest1 * slope
    let square = beta2 * (second[index] ?? 0) + rest2 * slope * slope
    if (mean < TINY && mean > -TINY) mean = 0
    if (square < TINY) square = 0
    first[index] = mean
    second[index] = square
    weights[index] = (weights[index] ?? 0) - (rate * mean) / (Math.sqrt(square * correction) + epsilon)
  }
}
