import { prepareNativeLibraries } from './backend/native-environment.ts'
import { LiveLearning, type LearningOptions } from './live-learning.ts'
import type { Learning } from './service.ts'

export type { LearningOptions }

/** Starts the predictor and the trainer, each in a thread of its own; `ready()` tells when they answer. */
export function createLearning(options: LearningOptions): Learning {
  prepareNativeLibraries(options.backend)
  return new LiveLearning(options)
}
