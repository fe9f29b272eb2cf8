import type { Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'
import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { Batch, Gradient, Trained } from '../backend/backend.ts'
import { LearningError } from '../errors.ts'
import { emaStep, warmDecay } from '../model/ema.ts'
import {
  optimise,
  optimisedRanges,
  optimiserStart,
  type OptimiserState,
  type OptimiserStep,
} from '../model/optimiser.ts'
import type { Networks } from './networks.ts'

/** What is learned and how far: all arrays are in the layout of `architecture`. */
export interface LearnerState {
  readonly architecture: Architecture
  readonly weights: Float32Array<ArrayBuffer>
  /** Running average of the weights. */
  readonly average: Float32Array<ArrayBuffer>
  /** Steps that the average has followed, those that its start counts for included. */
  readonly averageUpdates: number
  readonly optimiser: OptimiserState
}

export interface FitOptions extends OptimiserStep {
  /** Another kind than before begins with empty moments. */
  readonly optimiser: TrainingSettings['optimiser']
  readonly trained: Trained
  /** Long-run share of the average that a step leaves as it is. */
  readonly averageDecay?: number
}

export interface Fitted {
  /** Weighted mean cross-entropy of the batch before the step, nats. */
  readonly loss: number
  /** That of each sample, unweighted. */
  readonly losses: Float32Array
}

const AVERAGE_DECAY = 0.99
/** Share of a running batch statistic that a step replaces by the batch's own. */
const STATISTIC_SHARE = 0.1

/** Learning from scratch or from given weights: the average starts at the weights. */
export function learnerStart(
  architecture: Architecture,
  weights: Float32Array<ArrayBuffer>,
  optimiser: TrainingSettings['optimiser'],
): LearnerState {
  return {
    architecture,
    weights,
    average: weights.slice(),
    averageUpdates: 0,
    optimiser: optimiserStart(optimiser, weights.length),
  }
}

/**
 * Learns batch by batch. It works on the arrays of the state that it was given, in place; `state` is where it is now.
 * Calls do not overlap.
 */
export class Learner {
  private averageUpdates: number
  private optimiser: OptimiserState

  constructor(
    private readonly networks: Pick<Networks, 'with'>,
    private readonly start: LearnerState,
  ) {
    const { architecture, weights, average, optimiser, averageUpdates } = start
    const wanted = weightCount(architecture)
    for (const { length } of [weights, average, optimiser.first, optimiser.second])
      if (length !== wanted)
        throw new RangeError(
          `${length} values are not those of a ${architecture.family} of ${architecture.classes} classes, which has ${wanted}`,
        )
    this.averageUpdates = averageUpdates
    this.optimiser = optimiser
  }

  get state(): LearnerState {
    return { ...this.start, averageUpdates: this.averageUpdates, optimiser: this.optimiser }
  }

  /**
   * One step on a batch.
   * @throws LearningError `diverged` where the loss or a gradient is no finite number; nothing has changed then. Also where
   * the step has driven weights or moments beyond all numbers; its state is of no use any more then
   */
  async fit(batch: Batch, options: FitOptions): Promise<Fitted> {
    const { architecture, weights, average } = this.start
    const gradient = await this.networks.with(weights, architecture).gradient(batch, options.trained)
    refuseDivergence(gradient)
    if (options.optimiser !== this.optimiser.kind)
      this.optimiser = optimiserStart(options.optimiser, weights.length)
    const ranges = optimisedRanges(layoutOf(architecture), options.trained)
    optimise(weights, gradient.values, this.optimiser, ranges, options)
    for (const { offset, values } of gradient.statistics) followStatistic(weights, offset, values)
    this.averageUpdates++
    if (!allFinite(weights) || !allFinite(this.optimiser.second))
      throw new LearningError('diverged', 'a step went beyond all numbers')
    emaStep(average, weights, warmDecay(options.averageDecay ?? AVERAGE_DECAY, this.averageUpdates))
    return { loss: gradient.loss, losses: gradient.losses }
  }
}

function refuseDivergence({ loss, values }: Gradient): void {
  if (!Number.isFinite(loss)) throw new LearningError('diverged', `the loss is ${loss}`)
  if (!allFinite(values)) throw new LearningError('diverged', 'a gradient is no finite number')
}

/** Whether none of the values is infinite or no number. */
export function allFinite(values: Float32Array): boolean {
  // Zero times anything finite is zero; times the rest it is no number, which stays.
  let sum = 0
  for (const value of values) sum += value * 0
  return sum === 0
}

function followStatistic(weights: Float32Array, offset: number, values: Float32Array): void {
  for (let index = 0; index < values.length; index++)
    weights[offset + index] =
      (1 - STATISTIC_SHARE) * (weights[offset + index] ?? 0) + STATISTIC_SHARE * (values[index] ?? 0)
}
