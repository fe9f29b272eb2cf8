import type { Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf } from '../../../shared/training/layout.ts'
import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { JobPlan } from '../../../shared/training/status.ts'
import { initialWeights } from '../model/initialise.ts'
import { relayHead } from '../model/widen.ts'
import type { StarterModel } from '../starter/file.ts'
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

/**
 * The weights a full training begins with, as a new project of its family would: the starter's body, and its columns where
 * a class is one of its own, for the reference network; else fresh ones.
 */
export function startingWeights(
  architecture: Architecture,
  starterColumns: readonly (number | null)[],
  starter: StarterModel,
  seed: number,
): Float32Array<ArrayBuffer> {
  const weights = initialWeights(seed, architecture)
  if (architecture.family !== 'cnn') return weights
  const shipped = relayHead(
    starter.weights,
    { family: 'cnn', classes: starter.classes.length },
    starterColumns,
  )
  for (const { part, offset, length } of layoutOf(architecture))
    for (let at = offset; at < offset + length; at++) {
      const column = (at - offset) % architecture.classes
      if (part === 'body' || (starterColumns[column] ?? null) !== null) weights[at] = shipped[at] ?? 0
    }
  return weights
}
