import { parameterCount } from '../../../shared/training/layout.ts'
import { encodeCheckpoint } from '../checkpoint.ts'
import { LearningError } from '../errors.ts'
import type { CheckpointMade } from '../rpc.ts'
import { servingWeights } from './measure.ts'
import { newestAccuracy } from './project-status.ts'
import { architectureOf, type TrainingState } from './state.ts'

/** Larger than any weight of a network that guesses; products of such are soon no numbers any more. */
const LARGEST = 1e6

/**
 * Makes the weights as they are now the ones that serve.
 * @throws LearningError `diverged` where they are of no use; what served before still does then
 */
export function serve(state: TrainingState): void {
  refuseUnusable(state)
  state.served = {
    model: {
      version: state.served.model.version + 1,
      step: state.step,
      classIds: state.headIds,
      serving: state.serving,
      family: state.family,
      parameters: parameterCount(architectureOf(state)),
      trainedTo: state.learnedTo,
    },
    recipe: state.recipe,
    weights: servingWeights(state).slice(),
    temperature: state.temperature,
  }
}

/** @throws LearningError `diverged` where a weight is no number of use, which a step beyond all bounds leaves behind */
export function refuseUnusable({ weights, average, step }: TrainingState): void {
  if (!areOfUse(weights) || !areOfUse(average))
    throw new LearningError('diverged', `the weights of step ${step} are beyond all use`)
}

/** The exact state as a checkpoint. */
export function checkpointOf(state: TrainingState): CheckpointMade {
  const accuracy = newestAccuracy(state)
  return {
    step: state.step,
    blob: encodeCheckpoint(state),
    accuracy: accuracy?.share ?? null,
    accuracyKind: accuracy?.kind ?? null,
    loss: state.loss,
    trainedTo: state.learnedTo,
    classIds: state.headIds,
    family: state.family,
  }
}

function areOfUse(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) <= LARGEST)
}
