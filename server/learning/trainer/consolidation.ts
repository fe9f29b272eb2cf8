import type { Replay } from '../replay.ts'
import { LEAST_ASIDE, type TrainingState } from './state.ts'

/** Fewest drawings that a training from scratch is worth it for. */
const LEAST_DRAWINGS = 40
/** Share of the drawings by which they have to have grown since. */
const GROWTH = 0.25

/** Whether what there is has changed enough since the newest consolidation for another one to be due. */
export function consolidationIsDue(state: TrainingState, replay: Replay): boolean {
  const { consolidated, job, paused, headIds } = state
  if (paused || headIds.length < 2 || (job !== null && job.end === null)) return false
  if (replay.training < LEAST_DRAWINGS || !consolidated) return false
  const { drawings, classIds } = consolidated
  const grown =
    replay.training >= (1 + GROWTH) * drawings ||
    classIds.length !== state.classIds.length ||
    classIds.some((id) => !state.classIds.includes(id))
  // With fewer kept aside nothing would tell whether it did any good.
  return grown && replay.asideOf('validation', headIds).length >= LEAST_ASIDE
}

/** What is there now is what the next consolidation is compared with. */
export function noteConsolidation(state: TrainingState, replay: Replay): void {
  state.consolidated = { drawings: replay.training, classIds: state.classIds }
}
