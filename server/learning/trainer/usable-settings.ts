import {
  defaultTrainingSettings,
  trainingBounds,
  trainingSettingsSchema,
  type TrainingSettings,
  type TrainingSettingsInput,
} from '../../../shared/training/settings.ts'
import { LearningError } from '../errors.ts'

/**
 * Settings that somebody sends, with the defaults for what is left out.
 * @throws LearningError `bad-settings` naming each field that is out of its bounds
 */
export function checkedSettings(settings: TrainingSettingsInput): TrainingSettings {
  const parsed = trainingSettingsSchema.safeParse(settings)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new LearningError('bad-settings', `the training settings are wrong in ${faults.join('; ')}`, {
    cause: parsed.error,
  })
}

/**
 * Settings that were stored, as they can be used whatever they hold: a number out of its bounds becomes the nearest
 * that is in, and what is no usable value the default.
 */
export function clampedSettings(stored: unknown): TrainingSettings {
  const given: Record<string, unknown> = typeof stored === 'object' && stored !== null ? { ...stored } : {}
  const parsed = trainingSettingsSchema.safeParse({ ...required, ...given })
  if (parsed.success) return parsed.data
  for (const { path } of parsed.error.issues) {
    const field = String(path[0])
    given[field] = nearest(field, given[field])
  }
  return trainingSettingsSchema.parse({ ...required, ...given })
}

const { learningRate, batchSize, stepsPerArrival } = defaultTrainingSettings
const required = { learningRate, batchSize, stepsPerArrival }

function nearest(field: string, value: unknown): unknown {
  const defaults: Readonly<Record<string, unknown>> = defaultTrainingSettings
  const bounds = Object.entries(trainingBounds).find(([name]) => name === field)?.[1]
  if (bounds === undefined || typeof value !== 'number' || Number.isNaN(value)) return defaults[field]
  const inside = Math.min(bounds.most, Math.max(bounds.least, value))
  return Number.isInteger(defaults[field]) && bounds.least >= 1 ? Math.round(inside) : inside
}
