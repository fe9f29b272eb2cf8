import { LearningError } from '../errors.ts'
import { optimiserStart } from '../model/optimiser.ts'
import type { Replay } from '../replay.ts'
import { updateHead } from './head.ts'
import type { Networks } from './networks.ts'
import type { TrainingState } from './state.ts'

/** Roll backs in a row, without a good evaluation between them, that end the training. */
export const MOST_ROLL_BACKS = 5
/** Halvings of the learning rate after which nothing is learned any more. */
const LEAST_RATE_FACTOR = 2 ** -16

/**
 * Goes back to the weights that serve, which are the newest known to be good, with an optimiser that has forgotten and at
 * half the learning rate. Drawings that were learned from since stay in the replay. The step counts as made, so that
 * the next batch is another one. Answers whether the classes of the weights are others than those that serve.
 */
export async function rollBack(state: TrainingState, replay: Replay, networks: Networks): Promise<boolean> {
  const { model, weights } = state.served
  state.rateFactor /= 2
  state.rollBacks++
  state.stepsSinceRollBack = 0
  state.notice = {
    kind: 'rolled-back',
    step: state.step,
    learningRate: state.settings.learningRate * state.rateFactor,
  }
  state.step++
  state.family = model.family
  state.headIds = model.classIds
  state.weights = weights.slice()
  state.average = weights.slice()
  state.optimiser = optimiserStart(state.settings.optimiser, weights.length)
  state.learnedTo = model.trainedTo
  state.loss = null
  return updateHead(state, replay, networks)
}

/** @throws LearningError `diverged` where going back has not helped */
export function refuseHopeless({ rollBacks, rateFactor, settings }: TrainingState, cause: unknown): void {
  if (rollBacks < MOST_ROLL_BACKS && rateFactor >= LEAST_RATE_FACTOR) return
  const rate = settings.learningRate * rateFactor
  throw new LearningError(
    'diverged',
    `The loss was no number ${rollBacks} times in a row, at last with a learning rate of ${rate.toPrecision(2)}; training goes on once the settings change`,
    { cause },
  )
}

/** An evaluation went well: after a step since the newest roll back, those before it count no more. */
export function noteGoodEvaluation(state: TrainingState): void {
  if (state.stepsSinceRollBack > 0) state.rollBacks = 0
}
