import type { JobStatus } from '../../../shared/training/status.ts'
import type { JobState } from './job-state.ts'

/** Epochs that a schedule is laid over where gains alone decide how many there are. */
const SCHEDULED_EPOCHS = 30
/** Steps before the time that is left is estimated. */
const LEAST_TIMED = 5

/** A job among those of all projects. */
export interface JobTurn {
  /** Jobs that begin before it. */
  readonly ahead: number
  /** Jobs that take turns, with this one. */
  readonly sharing: number
}

export const ALONE: JobTurn = { ahead: 0, sharing: 1 }

export function jobStatusOf(job: JobState, { ahead, sharing }: JobTurn): JobStatus {
  const { plan, end, epoch, step, loss, accuracy, bestAccuracy: best, milliseconds, settings } = job
  const epochs = settings.stop.kind === 'epochs' ? settings.stop.epochs : null
  const progress = { epoch, epochs, step, loss, accuracy, best, seconds: milliseconds / 1000 }
  if (end) return { state: 'ended', plan, progress, ...end }
  if (!job.learner) return { state: 'waiting', plan, ahead }
  const left = step < LEAST_TIMED ? null : Math.ceil((millisecondsLeft(job) * sharing) / 1000)
  return { state: 'running', plan, progress, secondsLeft: left }
}

export function timeIsUp(job: JobState): boolean {
  return job.milliseconds >= 1000 * mostSecondsOf(job)
}

/** How much of the run is over, 0..1, as far as that can be said. */
export function shareOver(job: JobState): number {
  const { step, stepsPerEpoch, milliseconds, settings } = job
  const { stop } = settings
  if (stop.kind === 'time') return Math.min(1, milliseconds / (1000 * mostSecondsOf(job)))
  const epochs = stop.kind === 'epochs' ? stop.epochs : SCHEDULED_EPOCHS
  return Math.min(1, step / (epochs * stepsPerEpoch))
}

/** Of its own time; where gains decide, what it takes without another one. */
function millisecondsLeft(job: JobState): number {
  const { step, stepsPerEpoch, milliseconds, epoch, flat, settings } = job
  const { stop } = settings
  const bound = Math.max(0, 1000 * mostSecondsOf(job) - milliseconds)
  if (stop.kind === 'time') return bound
  const epochs = stop.kind === 'epochs' ? stop.epochs : epoch + Math.max(1, stop.evaluations - flat)
  const steps = Math.max(0, epochs * stepsPerEpoch - step)
  return Math.min(bound, (steps * milliseconds) / Math.max(1, step))
}

function mostSecondsOf({ settings, mostSeconds }: JobState): number {
  const { stop } = settings
  return stop.kind === 'time' ? Math.min(stop.seconds, mostSeconds) : mostSeconds
}
