import { accuracyOf, mixedUpMost } from '../../../shared/training/metrics.ts'
import type { Accuracy, TrainingPhase, TrainingStatus } from '../../../shared/training/status.ts'
import type { Gathering } from './gathering.ts'
import type { Pace } from './pace.ts'
import type { TrainingState } from './state.ts'

/** The newest drawing of the arrival that is learned from, and how many came with it. */
export interface Newest {
  readonly drawingId: string
  readonly classId: string
  readonly arrivals: number
}

/** What a project's status follows from, besides its state. */
export interface StatusParts {
  readonly work: 'group' | 'arrival' | 'practice' | null
  readonly failure: string | null
  readonly newest: Newest | null
  readonly gathering: Gathering
  readonly pace: Pace
  /** Entries of the label log that wait. */
  readonly waiting: number
  readonly withoutInk: number
  readonly lastLearnedMs: number | null
  readonly backend: string
  readonly memory: TrainingStatus['memory']
  readonly job: TrainingStatus['job']
  /** How many other projects learn before this one does, and how many have something to learn from. */
  readonly ahead: number
  readonly queue: number
}

export function statusOf(state: TrainingState, parts: StatusParts): TrainingStatus {
  const { pace, waiting, withoutInk, lastLearnedMs, backend, memory, job, queue } = parts
  return {
    phase: phaseOf(state, parts),
    step: state.step,
    loss: state.loss,
    accuracy: newestAccuracy(state),
    samplesPerSecond: pace.samplesPerSecond,
    pending: waiting + (state.group ? state.group.arrivals : 0),
    ...(withoutInk > 0 ? { withoutInk } : {}),
    lastLearnedMs,
    settings: state.settings,
    backend,
    stepsPerSecond: pace.stepsPerSecond,
    queue,
    memory,
    job,
    notice: state.notice,
    mixedUp: state.measured ? state.measured.mixedUp : mixedUpMost(state.prequential),
  }
}

/** On drawings kept aside, else on each drawing before it was learned from; null before any. */
export function newestAccuracy({ measured, prequential }: TrainingState): Accuracy | null {
  return measured?.accuracy ?? accuracyOf(prequential, 'prequential')
}

function phaseOf(
  state: TrainingState,
  { failure, work, ahead, newest, gathering, waiting }: StatusParts,
): TrainingPhase {
  if (failure !== null) return { state: 'failed', reason: failure }
  if (state.paused) return { state: 'paused' }
  if (work === 'arrival' && ahead > 0) return { state: 'waiting', ahead }
  if (work !== null && newest) return { state: 'learning', ...newest }
  const left = work === null ? gathering.left(state.settings.when) : null
  return left ? { state: 'gathering', waiting, left } : { state: 'idle' }
}
