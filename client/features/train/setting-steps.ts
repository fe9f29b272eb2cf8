import type { trainingBounds } from '../../../shared/training/settings.ts'

/** A setting that is a number. */
export type NumberSetting = keyof typeof trainingBounds

/** The values that a setting is stepped through: from the least to the most allowed, in steps that make a difference. */
export const settingSteps: Readonly<Record<NumberSetting, readonly number[]>> = {
  learningRate: [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1],
  batchSize: [8, 16, 24, 32, 48, 64, 96, 128, 192, 256],
  stepsPerArrival: Array.from({ length: 20 }, (_, index) => index + 1),
  labels: [2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 500],
  minutes: [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120],
  evaluations: [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50],
  epochs: [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200],
  seconds: [5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400],
  momentum: [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99],
  dropout: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
  weightDecay: [0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 1e-1],
  augmentation: [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2],
}

/** The step from a value that may lie between two: the next larger one, or smaller, or the value itself at the end. */
export function stepFrom(name: NumberSetting, value: number, by: 1 | -1): number {
  const steps = settingSteps[name]
  const next = by === 1 ? steps.find((step) => step > value) : steps.findLast((step) => step < value)
  return next ?? value
}

/** Index of the largest step that is not above the value; 0 below all. */
export function stepOf(name: NumberSetting, value: number): number {
  return Math.max(
    0,
    settingSteps[name].findLastIndex((step) => step <= value),
  )
}
