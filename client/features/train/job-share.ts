import type { JobStatus } from '../../../shared/training/status.ts'

type Running = Extract<JobStatus, { state: 'running' }>

/** How much of a full training is done, 0..1; null while nobody can tell. */
export function jobShare({ progress, secondsLeft }: Running): number | null {
  if (secondsLeft !== null) {
    const all = progress.seconds + secondsLeft
    return all === 0 ? null : progress.seconds / all
  }
  return progress.epochs === null || progress.epochs === 0
    ? null
    : Math.min(1, progress.epoch / progress.epochs)
}
