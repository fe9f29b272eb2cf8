import { LearningError } from '../../server/learning/errors.ts'
import type { JobWish } from '../../server/learning/service.ts'
import type { TrainingSettings } from '../../shared/training/settings.ts'
import type { JobPlan, JobProgress, JobStatus } from '../../shared/training/status.ts'

const begun: JobProgress = {
  epoch: 0,
  epochs: null,
  step: 0,
  loss: null,
  accuracy: null,
  best: null,
  seconds: 0,
}

/**
 * A full training that runs until it is stopped and then waits for a decision; `classIds`: that of each drawing.
 * @throws LearningError as the real one
 */
export function startedJob(
  job: JobStatus | null,
  wish: JobWish,
  { family }: TrainingSettings,
  classIds: readonly string[],
): JobStatus {
  if (job !== null && job.state !== 'ended')
    throw new LearningError('job-running', 'a full training runs already')
  if (wish.mnist) throw new LearningError('no-mnist', 'DATA_FOLDER names no folder with MNIST')
  if (new Set(classIds).size < 2) throw new LearningError('too-few', 'two classes need a drawing each')
  const plan: JobPlan = { family, why: 'asked', ...wish, drawings: classIds.length, others: 0 }
  return { state: 'running', plan, progress: begun, secondsLeft: null }
}

export function stoppedJob(job: JobStatus | null): JobStatus {
  if (job === null || job.state === 'ended') throw new LearningError('no-job', 'no full training runs')
  return ended(job.plan, 'waits')
}

/** One that ends by itself and serves by the rule. */
export function servedJob(job: JobStatus | null): JobStatus {
  if (job?.state !== 'running') throw new Error('no full training runs')
  return ended(job.plan, 'promoted')
}

export function decidedJob(job: JobStatus | null, promote: boolean): JobStatus {
  if (job?.state !== 'ended' || job.outcome !== 'waits')
    throw new LearningError('no-job', 'no full training waits for a decision')
  return ended(job.plan, promote ? 'promoted' : 'discarded')
}

function ended(plan: JobPlan, outcome: 'waits' | 'promoted' | 'discarded'): JobStatus {
  return { state: 'ended', plan, progress: begun, outcome, compared: null, reason: null }
}
