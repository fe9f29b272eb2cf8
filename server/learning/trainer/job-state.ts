import { z } from 'zod'
import { weightCount } from '../../../shared/training/layout.ts'
import {
  families,
  optimisers,
  trainingSettingsSchema,
  type TrainingSettings,
} from '../../../shared/training/settings.ts'
import type { JobPlan, JobStatus } from '../../../shared/training/status.ts'
import { LearningError } from '../errors.ts'
import { shareSchema } from '../figure-schemas.ts'
import type { LearnerState } from './learner.ts'

type Values = Float32Array<ArrayBuffer>

/** What came of a job. */
export type JobEnd = Pick<Extract<JobStatus, { readonly state: 'ended' }>, 'outcome' | 'compared' | 'reason'>

/**
 * A full training between two steps. Everything that its later batches and weights follow from, besides the label log and
 * the digits of MNIST, is in here and in a checkpoint.
 */
export interface JobState {
  plan: JobPlan
  readonly seed: number
  /** Newest place in the label log that it trains on; settled, as its classes are, by its first step. */
  upTo: number
  headIds: readonly string[]
  /** As they were when it was asked for; what changes later holds for the next one. */
  readonly settings: TrainingSettings
  /** Bound of its time besides the setting's. */
  readonly mostSeconds: number
  /** Steps of an epoch; 0 before its first step. */
  stepsPerEpoch: number
  step: number
  /** Epochs that were evaluated. */
  epoch: number
  /** Of the steps since the newest evaluation. */
  lossSum: number
  loss: number | null
  /** Shares on validation; null where too few drawings are kept aside. */
  accuracy: number | null
  bestAccuracy: number | null
  /** What `best` is the least of, in nats: surprise on validation, else the loss of an epoch. */
  bestSurprise: number | null
  /** Evaluations in a row without gain. */
  flat: number
  /** Halved by each loss that was no number. */
  rateFactor: number
  /** Losses in a row that were no number, without an evaluation between them. */
  divergences: number
  /** What its steps and evaluations took. */
  milliseconds: number
  /** Null before the first step and after the end. */
  learner: LearnerState | null
  /** The weights that did best; kept after the end while they wait for a decision. */
  best: Values | null
  /** Null while it waits or runs. */
  end: JobEnd | null
}

const count = z.number().int().nonnegative()
const number = z.number()

/** The part of a job's state that is not weights. */
export const jobHeaderSchema = z.object({
  plan: z.object({
    family: z.enum(families),
    why: z.enum(['asked', 'consolidation']),
    mnist: z.boolean(),
    promote: z.enum(['rule', 'hand']),
    drawings: count,
    others: count,
  }),
  seed: number,
  upTo: count,
  headIds: z.array(z.string()).readonly(),
  settings: z.object(trainingSettingsSchema.shape),
  mostSeconds: number,
  stepsPerEpoch: count,
  step: count,
  epoch: count,
  lossSum: number,
  loss: number.nullable(),
  accuracy: number.nullable(),
  bestAccuracy: number.nullable(),
  bestSurprise: number.nullable(),
  flat: count,
  rateFactor: number,
  divergences: count,
  milliseconds: number,
  learner: z
    .object({
      averageUpdates: count,
      optimiser: z.object({ kind: z.enum(optimisers), beta1Power: number, beta2Power: number }),
    })
    .nullable(),
  hasBest: z.boolean(),
  end: z
    .object({
      outcome: z.enum(['promoted', 'not-better', 'waits', 'discarded', 'failed']),
      compared: z.object({ before: shareSchema, after: shareSchema }).nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
})
export type JobHeader = z.infer<typeof jobHeaderSchema>

/** A job as the two parts of a checkpoint: its header, and its weights one array after the other. */
export function encodeJob(job: JobState): { header: JobHeader; sections: Values[] } {
  const { learner, best } = job
  // Parsing leaves out what the header does not name: the weights.
  const header = jobHeaderSchema.parse({ ...job, hasBest: best !== null })
  const own = learner
    ? [learner.weights, learner.average, learner.optimiser.first, learner.optimiser.second]
    : []
  return { header, sections: best ? [...own, best] : own }
}

/** How many values the weights of a job have in a checkpoint. */
export function jobValues({ plan, headIds, learner, hasBest }: JobHeader): number {
  const length = weightCount({ family: plan.family, classes: headIds.length })
  return length * ((learner ? 4 : 0) + (hasBest ? 1 : 0))
}

/**
 * The job of a checkpoint; `values` are its weights, as many as `jobValues` says.
 * @throws LearningError `checkpoint-damaged`
 */
export function decodeJob(header: JobHeader, values: Values): JobState {
  if (values.length !== jobValues(header))
    throw new LearningError(
      'checkpoint-damaged',
      `the checkpoint has ${String(values.length)} values of a full training where ${String(jobValues(header))} belong`,
    )
  const { learner, hasBest, ...rest } = header
  const architecture = { family: rest.plan.family, classes: rest.headIds.length }
  const length = weightCount(architecture)
  const section = (index: number): Values => values.slice(index * length, (index + 1) * length)
  return {
    ...rest,
    learner: learner && {
      architecture,
      weights: section(0),
      average: section(1),
      averageUpdates: learner.averageUpdates,
      optimiser: { ...learner.optimiser, first: section(2), second: section(3) },
    },
    best: hasBest ? section(learner ? 4 : 0) : null,
  }
}
