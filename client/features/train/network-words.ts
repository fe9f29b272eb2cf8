import type { Family } from '../../../shared/training/settings.ts'
import type { JobStatus, TrainingNotice, TrainingStatus } from '../../../shared/training/status.ts'

/**
 * How a network that is chosen but does not guess yet stands: it is being trained, waits for somebody to have it guess,
 * or only another full training would bring it on. A message key below `train.network`.
 */
export function comingKey(family: Family, job: JobStatus | null): 'coming' | 'comingWaits' | 'comingIdle' {
  if (job?.plan.family !== family) return 'comingIdle'
  if (job.state !== 'ended') return 'coming'
  return job.outcome === 'waits' ? 'comingWaits' : 'comingIdle'
}

/** The newest notice, unless it tells of a new network that is not being trained any more: the page of networks says how that one stands. */
export function standingNotice({
  notice,
  job,
}: Pick<TrainingStatus, 'notice' | 'job'>): TrainingNotice | null {
  return notice?.kind === 'new-family' && comingKey(notice.family, job) !== 'coming' ? null : notice
}
