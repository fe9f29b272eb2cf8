import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { JobPlan } from '../../../shared/training/status.ts'
import { countsOf, poolsOf, stepsOfEpoch, type JobCounts, type JobSources } from './job-batches.ts'
import type { JobState } from './job-state.ts'

export interface JobAsked extends JobCounts {
  readonly why: JobPlan['why']
  readonly mnist: boolean
  readonly promote: JobPlan['promote']
  readonly seed: number
  readonly settings: TrainingSettings
  readonly mostSeconds: number
}

/** A job that waits for its first step, which settles what it trains on. */
export function waitingJob({ seed, settings, mostSeconds, ...asked }: JobAsked): JobState {
  const { why, mnist, promote, drawings, others } = asked
  return {
    plan: { family: settings.family, why, mnist, promote, drawings, others },
    seed,
    upTo: 0,
    headIds: [],
    settings,
    mostSeconds,
    stepsPerEpoch: 0,
    step: 0,
    epoch: 0,
    lossSum: 0,
    loss: null,
    accuracy: null,
    bestAccuracy: null,
    bestSurprise: null,
    flat: 0,
    rateFactor: 1,
    divergences: 0,
    milliseconds: 0,
    learner: null,
    best: null,
    end: null,
  }
}

/** Settles what a job trains on: all that there is up to the place `upTo` in the label log. */
export function settleJob(job: JobState, sources: JobSources, upTo: number): void {
  const pools = poolsOf(sources, upTo)
  const counts = countsOf(pools)
  job.upTo = upTo
  job.headIds = pools.map(({ classId }) => classId)
  job.plan = { ...job.plan, ...counts }
  job.stepsPerEpoch = stepsOfEpoch(counts.drawings + counts.others, job.settings.batchSize)
}
