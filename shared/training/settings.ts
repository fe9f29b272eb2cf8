import * as z from 'zod/mini'

/** Bounds of the settings of the continual loop, each inclusive. */
export const trainingBounds = {
  learningRate: { least: 1e-5, most: 1e-2 },
  batchSize: { least: 8, most: 256 },
  stepsPerArrival: { least: 1, most: 20 },
} as const

export const trainingSettingsSchema = z.object({
  learningRate: z
    .number()
    .check(z.gte(trainingBounds.learningRate.least), z.lte(trainingBounds.learningRate.most)),
  batchSize: z.int().check(z.gte(trainingBounds.batchSize.least), z.lte(trainingBounds.batchSize.most)),
  stepsPerArrival: z
    .int()
    .check(z.gte(trainingBounds.stepsPerArrival.least), z.lte(trainingBounds.stepsPerArrival.most)),
})
export type TrainingSettings = z.infer<typeof trainingSettingsSchema>

export const defaultTrainingSettings: TrainingSettings = {
  learningRate: 1e-3,
  batchSize: 64,
  stepsPerArrival: 3,
}
