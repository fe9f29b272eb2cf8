import * as z from 'zod/mini'

/** Networks that a room may choose; what each is, is told in `families.ts`. */
export const families = ['cnn', 'mlp', 'cnn-deep', 'ensemble'] as const
export type Family = (typeof families)[number]

/** Bounds of the settings, each inclusive. */
export const trainingBounds = {
  learningRate: { least: 1e-5, most: 1e-1 },
  batchSize: { least: 8, most: 256 },
  stepsPerArrival: { least: 1, most: 20 },
  labels: { least: 2, most: 500 },
  minutes: { least: 1, most: 120 },
  evaluations: { least: 1, most: 50 },
  epochs: { least: 1, most: 200 },
  seconds: { least: 5, most: 14_400 },
  momentum: { least: 0, most: 0.99 },
  dropout: { least: 0, most: 0.8 },
  weightDecay: { least: 0, most: 0.1 },
  augmentation: { least: 0, most: 2 },
} as const

type Bounded = keyof typeof trainingBounds

const numberIn = (name: Bounded) =>
  z.number().check(z.gte(trainingBounds[name].least), z.lte(trainingBounds[name].most))
const wholeIn = (name: Bounded) =>
  z.int().check(z.gte(trainingBounds[name].least), z.lte(trainingBounds[name].most))

/** When arrivals are learned from: at each label, at every so many, every so many minutes, or when somebody says so. */
const whenSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('each') }),
  z.object({ kind: z.literal('labels'), labels: wholeIn('labels') }),
  z.object({ kind: z.literal('minutes'), minutes: wholeIn('minutes') }),
  z.object({ kind: z.literal('button') }),
])

/** When practice and full training end: after so many evaluations without gain, so many epochs, or so long. */
const stopSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('patience'), evaluations: wholeIn('evaluations') }),
  z.object({ kind: z.literal('epochs'), epochs: wholeIn('epochs') }),
  z.object({ kind: z.literal('time'), seconds: wholeIn('seconds') }),
])

/** `replay`: the newest and, class by class, earlier ones; `everything`: all alike; `newest`: those alone, which forgets. */
export const trainingSources = ['replay', 'everything', 'newest'] as const
/** `head`: the last layer alone; `head-then-all`: it alone at first, for as many steps as three arrivals bring. */
export const trainedLayers = ['all', 'head', 'head-then-all'] as const
export const optimisers = ['adam', 'sgd'] as const
export const schedules = ['constant', 'exponential', 'cosine', 'one-cycle'] as const

/**
 * How a project's model is built and trained. What is left out, as by projects and checkpoints of earlier versions, is
 * as it always was.
 */
export const trainingSettingsSchema = z.object({
  family: z._default(z.enum(families), 'cnn'),
  when: z._default(whenSchema, { kind: 'each' }),
  what: z._default(z.enum(trainingSources), 'replay'),
  layers: z._default(z.enum(trainedLayers), 'all'),
  stop: z._default(stopSchema, { kind: 'patience', evaluations: 5 }),
  optimiser: z._default(z.enum(optimisers), 'adam'),
  /** Of SGD alone. */
  momentum: z._default(numberIn('momentum'), 0.9),
  learningRate: numberIn('learningRate'),
  schedule: z._default(z.enum(schedules), 'constant'),
  /** Share of the embedding's values that is left out of each sample. */
  dropout: z._default(numberIn('dropout'), 0.2),
  /** Decoupled (AdamW's), on matrices and filters alone. */
  weightDecay: z._default(numberIn('weightDecay'), 0),
  batchSize: wholeIn('batchSize'),
  stepsPerArrival: wholeIn('stepsPerArrival'),
  /** Factor on how far drawings are varied: 0 not at all, 1 as usual. */
  augmentation: z._default(numberIn('augmentation'), 1),
})
export type TrainingSettings = z.infer<typeof trainingSettingsSchema>
/** As somebody may send them. */
export type TrainingSettingsInput = z.input<typeof trainingSettingsSchema>

export const defaultTrainingSettings: TrainingSettings = trainingSettingsSchema.parse({
  learningRate: 1e-3,
  batchSize: 64,
  stepsPerArrival: 3,
})
