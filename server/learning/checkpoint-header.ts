import { z } from 'zod'
import { recipes } from '../../shared/raster/recipe.ts'
import { families, optimisers } from '../../shared/training/settings.ts'
import { accuracySchema } from './figure-schemas.ts'
import { jobHeaderSchema } from './trainer/job-state.ts'
import { clampedSettings } from './trainer/usable-settings.ts'

const count = z.number().int().nonnegative()
const ids = z.array(z.string()).readonly()
/** Left out by checkpoints of before there was a choice. */
const family = z.enum(families).default('cnn')

const noticeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rolled-back'), step: count, learningRate: z.number() }),
  z.object({ kind: z.literal('one-class') }),
  z.object({ kind: z.literal('new-family'), family: z.enum(families) }),
])

/** The part of a checkpoint that is not weights. */
export const checkpointHeaderSchema = z.object({
  rasterVersion: count,
  projectId: z.string(),
  seed: z.number(),
  recipe: z.enum(recipes),
  family,
  starterClasses: z.array(z.string().nullable()).readonly(),
  /** Never what makes a checkpoint unusable: training takes up the project's own. */
  settings: z.unknown().transform(clampedSettings),
  paused: z.boolean(),
  classIds: ids,
  headIds: ids,
  step: count,
  averageUpdates: count,
  optimiser: z.object({ kind: z.enum(optimisers), beta1Power: z.number(), beta2Power: z.number() }),
  serving: z.enum(['ema', 'raw']),
  temperature: z.number().positive(),
  served: z.object({
    is: z.enum(['own', 'average', 'weights']),
    model: z.object({
      version: count,
      step: count,
      classIds: ids,
      serving: z.enum(['ema', 'raw']),
      family,
      parameters: count,
      trainedTo: count,
    }),
    temperature: z.number().positive(),
  }),
  position: count,
  /** Left out where it is `position`, as all checkpoints before roll backs did. */
  learnedTo: count.optional(),
  releasedTo: count.default(0),
  keepPerClass: count,
  group: z
    .object({
      newest: ids,
      arrivals: count,
      upTo: count,
      steps: count,
      settling: count.default(0),
      done: count,
    })
    .nullable(),
  practice: z.object({
    steps: count,
    flat: count,
    best: z.number().nullable(),
    lossSum: z.number(),
    ms: z.number().default(0),
  }),
  groupsSinceEvaluation: count,
  coalesced: z.array(z.object({ step: count, upTo: count, newest: count })),
  prequential: z.array(z.object({ truth: z.string(), guess: z.string() })),
  measured: z
    .object({
      accuracy: accuracySchema,
      mixedUp: z.tuple([z.string(), z.string(), z.number()]).readonly().nullable(),
    })
    .nullable(),
  loss: z.number().nullable(),
  rateFactor: z.number().positive().default(1),
  rollBacks: count.default(0),
  stepsSinceRollBack: count.default(0),
  headSteps: count.default(0),
  consolidated: z.object({ drawings: count, classIds: ids }).nullable().default(null),
  notice: noticeSchema.nullable().default(null),
  triedFamily: z.enum(families).nullable().default(null),
  job: jobHeaderSchema.nullable().default(null),
})

export type CheckpointHeader = z.infer<typeof checkpointHeaderSchema>

/** The header of format 1, which knew no optimiser but Adam. */
const firstHeaderSchema = z
  .looseObject({ adam: z.object({ beta1Power: z.number(), beta2Power: z.number() }) })
  .transform(({ adam, ...rest }): unknown => ({ ...rest, optimiser: { kind: 'adam', ...adam } }))

/** A header of any known format as that of the newest. @throws what the schema finds wrong */
export function parseHeader(json: unknown, format: number): CheckpointHeader {
  return checkpointHeaderSchema.parse(format === 1 ? firstHeaderSchema.parse(json) : json)
}
