import type { TrainingSettings } from './settings.ts'

/** A share of right guesses with how many drawings it rests on and its 95% band (Wilson), all in 0..1. */
export interface Accuracy {
  readonly right: number
  readonly of: number
  readonly share: number
  readonly low: number
  readonly high: number
  /** `test`: drawings kept aside that never decide anything. `prequential`: each drawing guessed before it was learned from, the newest 100. */
  readonly kind: 'test' | 'prequential'
}

/** What the trainer is doing for a project now. */
export type TrainingPhase =
  | { readonly state: 'idle' }
  /** Queued behind `ahead` other projects of this server. */
  | { readonly state: 'waiting'; readonly ahead: number }
  /** Learning from the drawing `drawingId` of class `classId` (the newest of the arrival). */
  | {
      readonly state: 'learning'
      readonly drawingId: string
      readonly classId: string
      readonly arrivals: number
    }
  | { readonly state: 'paused' }
  | { readonly state: 'failed'; readonly reason: string }

/** One message of `training:progress`: everything a chart or the learning strip shows follows from this stream. */
export interface TrainingStatus {
  readonly phase: TrainingPhase
  readonly step: number
  /** Mean cross-entropy of the newest step; null before the first. */
  readonly loss: number | null
  readonly accuracy: Accuracy | null
  /** Training throughput of the newest arrival, samples a second. */
  readonly samplesPerSecond: number | null
  /** Drawings accepted but not yet trained on. */
  readonly pending: number
  /** Ms from the newest drawing's arrival at the trainer to its model being published. */
  readonly lastLearnedMs: number | null
  readonly settings: TrainingSettings
  readonly backend: string
  /** The two classes mixed up most on evaluated drawings, if any: [is, was taken for, times]. */
  readonly mixedUp: readonly [string, string, number] | null
}

/** A point of the live accuracy chart. */
export interface AccuracyPoint {
  /** Epoch ms. */
  readonly at: number
  readonly step: number
  readonly share: number
  readonly low: number
  readonly high: number
  readonly kind: Accuracy['kind']
}

/** The model that serves predictions. */
export interface ModelInfo {
  /** Grows by one with every publication in a project. */
  readonly version: number
  readonly step: number
  /** Class ids in the order of a prediction's probabilities. */
  readonly classIds: readonly string[]
  /** Whether the averaged or the raw weights serve. */
  readonly serving: 'ema' | 'raw'
  readonly parameters: number
  /** The newest drawing the model has trained on (its `seq`), 0 before any. */
  readonly trainedTo: number
}
