import type { WeightSlice } from '../../../shared/training/layout.ts'
import type { TrainingSettings } from '../../../shared/training/settings.ts'

/**
 * The state of an optimiser over one flat weight vector. Adam's running products of its betas are stored rather than
 * taken from the step by `pow`, so that a restored state goes on with the very same bits. SGD keeps its velocity in
 * `first`; `second` stays zero.
 */
export interface OptimiserState {
  readonly kind: TrainingSettings['optimiser']
  readonly first: Float32Array<ArrayBuffer>
  readonly second: Float32Array<ArrayBuffer>
  beta1Power: number
  beta2Power: number
}

/** How far one step goes. */
export interface OptimiserStep {
  readonly learningRate: number
  /** Of SGD alone, 0..1. */
  readonly momentum: number
  /** Share of a matrix's weights that leaves them in a step at a learning rate of 1. */
  readonly weightDecay: number
}

/** A run of weights that an optimiser may change. */
export interface OptimisedRange {
  readonly from: number
  readonly to: number
  /** Whether weight decay is for these. */
  readonly decays: boolean
}

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
/** Values below this are set to zero: denormal numbers make the step up to sixty times slower. */
const TINY = 1e-18

/** An optimiser before its first step, for `length` weights. */
export function optimiserStart(kind: OptimiserState['kind'], length: number): OptimiserState {
  return {
    kind,
    first: new Float32Array(length),
    second: new Float32Array(length),
    beta1Power: 1,
    beta2Power: 1,
  }
}

/** A copy that no further step changes, as a checkpoint wants it. */
export function optimiserCopy(state: OptimiserState): OptimiserState {
  return { ...state, first: state.first.slice(), second: state.second.slice() }
}

/** What of a layout is optimised: never a batch-norm's statistics, and with `head` the heads alone. */
export function optimisedRanges(
  layout: readonly WeightSlice[],
  trained: 'all' | 'head',
): readonly OptimisedRange[] {
  return layout
    .filter(
      ({ role, part, length }) =>
        role !== 'statistic' && (trained === 'all' || part === 'head') && length > 0,
    )
    .map(({ offset, length, role }) => ({ from: offset, to: offset + length, decays: role === 'matrix' }))
}

/**
 * One step, in place on `weights` and `state`, of the weights in `ranges`: Adam (Kingma and Ba 2015, algorithm 1) or
 * SGD with momentum (velocity = momentum * velocity + gradient), each with decoupled weight decay (Loshchilov and
 * Hutter 2019). The same inputs give the same bits. All arrays have one length.
 */
export function optimise(
  weights: Float32Array,
  gradient: Float32Array,
  state: OptimiserState,
  ranges: readonly OptimisedRange[],
  step: OptimiserStep,
): void {
  const { first, second, kind } = state
  if (
    gradient.length !== weights.length ||
    first.length !== weights.length ||
    second.length !== weights.length
  )
    throw new RangeError(
      `the optimiser wants equal lengths: weights ${weights.length}, gradient ${gradient.length}, moments ${first.length} and ${second.length}`,
    )
  if (kind === 'adam') {
    state.beta1Power *= BETA1
    state.beta2Power *= BETA2
  }
  for (const range of ranges) {
    if (range.decays && step.weightDecay > 0) decay(weights, range, step)
    if (kind === 'adam') adamStep(weights, gradient, state, range, step.learningRate)
    else sgdStep(weights, gradient, first, range, step)
  }
}

function decay(weights: Float32Array, { from, to }: OptimisedRange, step: OptimiserStep): void {
  const kept = 1 - step.learningRate * step.weightDecay
  for (let index = from; index < to; index++) weights[index] = kept * (weights[index] ?? 0)
}

function adamStep(
  weights: Float32Array,
  gradient: Float32Array,
  { first, second, beta1Power, beta2Power }: OptimiserState,
  { from, to }: OptimisedRange,
  learningRate: number,
): void {
  const rate = learningRate / (1 - beta1Power)
  const correction = 1 / (1 - beta2Power)
  const rest1 = 1 - BETA1
  const rest2 = 1 - BETA2
  for (let index = from; index < to; index++) {
    const slope = gradient[index] ?? 0
    let mean = BETA1 * (first[index] ?? 0) + rest1 * slope
    let square = BETA2 * (second[index] ?? 0) + rest2 * slope * slope
    if (mean < TINY && mean > -TINY) mean = 0
    if (square < TINY) square = 0
    first[index] = mean
    second[index] = square
    weights[index] = (weights[index] ?? 0) - (rate * mean) / (Math.sqrt(square * correction) + EPSILON)
  }
}

function sgdStep(
  weights: Float32Array,
  gradient: Float32Array,
  velocity: Float32Array,
  { from, to }: OptimisedRange,
  { learningRate, momentum }: OptimiserStep,
): void {
  for (let index = from; index < to; index++) {
    let next = momentum * (velocity[index] ?? 0) + (gradient[index] ?? 0)
    if (next < TINY && next > -TINY) next = 0
    velocity[index] = next
    weights[index] = (weights[index] ?? 0) - learningRate * next
  }
}
