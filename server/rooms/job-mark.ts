import type { JobStatus } from '../../shared/training/status.ts'

/** Names how far a full training has come: two that are equal have nothing between them that a checkpoint would miss. */
export function jobMark(job: JobStatus | null): string {
  switch (job?.state) {
    case undefined:
      return ''
    case 'waiting':
      return 'waiting'
    case 'running':
      return `running ${String(job.progress.step)}`
    case 'ended':
      return `ended ${job.outcome} ${String(job.progress.step)}`
  }
}

/** Whether a full training came to its end by itself and has taken over, as it does by the rule. */
export function tookOver(before: JobStatus | null, now: JobStatus | null): boolean {
  return isUnderway(before) && now?.state === 'ended' && now.outcome === 'promoted'
}

export function isUnderway(job: JobStatus | null): boolean {
  return job !== null && job.state !== 'ended'
}
