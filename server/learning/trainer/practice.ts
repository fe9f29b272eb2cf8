import { rateAt, WARM_UP } from '../model/schedule.ts'
import { NO_MORE, type Practice, type TrainingState } from './state.ts'

/** Steps of practice between two evaluations of it. */
export const PRACTICE_BLOCK = 6
/** Under `patience`: steps at most, for each evaluation of the patience. */
const STEPS_PER_PATIENCE = 2 * PRACTICE_BLOCK
/** Nats by which an evaluation has to be better to count as a gain. */
export const GAIN = 0.005
/** How often the rate is halved at most where evaluations stall. */
const MOST_HALVINGS = 3

type PracticeState = Pick<TrainingState, 'practice' | 'settings'>

/** How much of the practice that the settings allow is done, 0..1; `drawings` are those that an epoch goes over. */
export function practiceShare({ practice, settings }: PracticeState, drawings: number): number {
  const { stop, batchSize } = settings
  if (practice.steps === NO_MORE) return 1
  switch (stop.kind) {
    case 'patience':
      return Math.min(1, practice.steps / (STEPS_PER_PATIENCE * stop.evaluations))
    case 'epochs':
      return Math.min(1, practice.steps / (stop.epochs * Math.max(1, Math.ceil(drawings / batchSize))))
    case 'time':
      return Math.min(1, practice.ms / (1000 * stop.seconds))
  }
}

export function practiceIsOver(state: PracticeState, drawings: number): boolean {
  const { stop } = state.settings
  if (stop.kind === 'patience' && state.practice.flat >= stop.evaluations) return true
  return practiceShare(state, drawings) >= 1
}

/** Takes an evaluation's surprise (or, without one, the mean loss of the block) into account; lower is better. */
export function noteEvaluation(practice: Practice, surprise: number | null): void {
  const reached = surprise ?? practice.lossSum / PRACTICE_BLOCK
  practice.lossSum = 0
  if (practice.best === null || reached < practice.best - GAIN) {
    practice.best = reached
    practice.flat = 0
  } else practice.flat++
}

/**
 * The learning rate of the next step. A schedule runs over the practice, and arrivals are where it begins: one-cycle at its
 * peak, since its rise is for weights that have learned nothing yet. A constant rate is lower where evaluations of practice stall.
 */
export function liveRate(
  state: PracticeState & Pick<TrainingState, 'group' | 'rateFactor'>,
  drawings: number,
): number {
  const { schedule, learningRate } = state.settings
  const base = learningRate * state.rateFactor
  if (schedule === 'constant')
    return state.group ? base : base / 2 ** Math.min(MOST_HALVINGS, state.practice.flat)
  const share = state.group ? 0 : practiceShare(state, drawings)
  return rateAt(schedule, base, schedule === 'one-cycle' ? WARM_UP + (1 - WARM_UP) * share : share)
}
