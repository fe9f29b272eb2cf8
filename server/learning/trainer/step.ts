import type { Trained } from '../backend/backend.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import { composeBatch } from './batch.ts'
import { Learner } from './learner.ts'
import type { Networks } from './networks.ts'
import { liveRate } from './practice.ts'
import { architectureOf, type TrainingState } from './state.ts'

/**
 * One step of the optimiser on a batch with the drawings `newest`. Answers how many samples it had; null where there was
 * nothing to learn from.
 * @throws LearningError `diverged`; nothing has changed then
 */
export async function learnStep(
  state: TrainingState,
  replay: Replay,
  newest: readonly LabelledDrawing[],
  { networks, exemplars }: { readonly networks: Networks; readonly exemplars: Exemplars },
): Promise<number | null> {
  const batch = composeBatch(state, replay, newest, exemplars)
  if (!batch) return null
  const { settings, weights, average, averageUpdates, optimiser } = state
  const architecture = architectureOf(state)
  const learner = new Learner(networks, { architecture, weights, average, averageUpdates, optimiser })
  const { loss } = await learner.fit(batch, {
    learningRate: liveRate(state, replay.training),
    momentum: settings.momentum,
    weightDecay: settings.weightDecay,
    optimiser: settings.optimiser,
    trained: trainedNow(state),
  })
  state.averageUpdates = learner.state.averageUpdates
  state.optimiser = learner.state.optimiser
  state.headSteps = Math.max(0, state.headSteps - 1)
  state.stepsSinceRollBack++
  state.step++
  state.learnedTo = state.position
  state.loss = loss
  return batch.size
}

function trainedNow({ settings, headSteps }: TrainingState): Trained {
  if (settings.layers === 'head-then-all') return headSteps > 0 ? 'head' : 'all'
  return settings.layers
}
