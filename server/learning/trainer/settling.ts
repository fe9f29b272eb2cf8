import type { LabelledDrawing, Replay } from '../replay.ts'
import type { TrainingState } from './state.ts'

/** Drawings of a class from which on it holds its own beside the others. */
export const SETTLED_DRAWINGS = 50
/** Arrivals' worth of practice before a class that joined is guessed. */
const JOINING_ARRIVALS = 8
/** Arrivals' worth of practice after each group of a class that has few drawings. */
const YOUNG_ARRIVALS = 4

type SettlingState = Pick<TrainingState, 'headIds' | 'starterClasses' | 'settings'>

/**
 * Steps in which all classes practise alike after a group's own, before what it taught serves. A class that has few
 * drawings beside one that has many takes drawings from that one: its first are all that the batch's newest show of it.
 * `joined`: the group brought the head a class. None where no class is settled yet, so that an empty room learns its first
 * labels at once, and none without replay.
 */
export function settlingSteps(
  state: SettlingState,
  replay: Replay,
  newest: readonly LabelledDrawing[],
  joined: boolean,
): number {
  const { headIds, starterClasses, settings } = state
  const isSettled = (classId: string): boolean =>
    starterClasses.includes(classId) || replay.trainingOf(classId).length >= SETTLED_DRAWINGS
  if (newest.length === 0 || settings.what === 'newest' || !headIds.some(isSettled)) return 0
  if (joined) return JOINING_ARRIVALS * settings.stepsPerArrival
  return newest.every(({ classId }) => isSettled(classId)) ? 0 : YOUNG_ARRIVALS * settings.stepsPerArrival
}
