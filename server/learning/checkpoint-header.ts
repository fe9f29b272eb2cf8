import { z } from 'zod'
import { recipes } from '../../shared/raster/recipe.ts'
import { families, trainingSettingsSchema } from '../../shared/training/settings.ts'

const count = z.number().int().nonnegative()
const ids = z.array(z.string()).readonly()
/** Left out by checkpoints of before there was a choice. */
const family = z.enum(families).default('cnn')

const accuracySchema = z.object({
  right: count,
  of: count,
  share: z.number(),
  low: z.number(),
  high: z.number(),
  kind: z.enum(['test', 'prequential']),
})

/** The part of a checkpoint that is not weights. */
export const checkpointHeaderSchema = z.object({
  rasterVersion: count,
  projectId: z.string(),
  seed: z.number(),
  recipe: z.enum(recipes),
  family,
  starterClasses: z.array(z.string().nullable()).readonly(),
  settings: z.object(trainingSettingsSchema.shape),
  paused: z.boolean(),
  classIds: ids,
  headIds: ids,
  step: count,
  averageUpdates: count,
  adam: z.object({ beta1Power: z.number(), beta2Power: z.number() }),
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
  keepPerClass: count,
  group: z.object({ newest: ids, arrivals: count, upTo: count, steps: count, done: count }).nullable(),
  practice: z.object({ steps: count, flat: count, best: z.number().nullable(), lossSum: z.number() }),
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
})

export type CheckpointHeader = z.infer<typeof checkpointHeaderSchema>
