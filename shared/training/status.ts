import type { Family, TrainingSettings } from './settings.ts'

/** A share of right guesses with how many drawings it rests on and its 95% band (Wilson), all in 0..1. */
export interface Share {
  readonly right: number
  readonly of: number
  readonly share: number
  readonly low: number
  readonly high: number
}

/** How well a model guesses. */
export interface Accuracy extends Share {
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
  /** Arrivals wait until the settings let them be learned from; `left`: so many more labels, or ms, or null: a press. */
  | {
      readonly state: 'gathering'
      readonly waiting: number
      readonly left:
        | { readonly kind: 'labels'; readonly labels: number }
        | { readonly kind: 'time'; readonly ms: number }
        | { readonly kind: 'button' }
    }
  | { readonly state: 'failed'; readonly reason: string }

/** A full training from scratch, beside the loop; its model serves once it is promoted. */
export type JobStatus =
  /** Queued behind `ahead` other jobs of this server. */
  | { readonly state: 'waiting'; readonly plan: JobPlan; readonly ahead: number }
  | {
      readonly state: 'running'
      readonly plan: JobPlan
      readonly progress: JobProgress
      /** Estimated; null in the first steps. */
      readonly secondsLeft: number | null
    }
  /** Ended, by itself or by hand: what it reached beside what served then. */
  | {
      readonly state: 'ended'
      readonly plan: JobPlan
      readonly progress: JobProgress
      readonly outcome: 'promoted' | 'not-better' | 'waits' | 'discarded' | 'failed'
      /** Of the same validation drawings, which decide; null with fewer than 20 of them. */
      readonly compared: { readonly before: Share; readonly after: Share } | null
      /** Of `failed`. */
      readonly reason: string | null
    }

export interface JobPlan {
  readonly family: Family
  /** Why it runs: somebody asked, or the loop consolidates what it has learned. */
  readonly why: 'asked' | 'consolidation'
  /** Whether MNIST's digits are trained on too. */
  readonly mnist: boolean
  /** `rule`: promoted where it is not worse on validation; `hand`: somebody decides. */
  readonly promote: 'rule' | 'hand'
  /** Drawings of the room that it trains on; changes no more once it runs. */
  readonly drawings: number
  /** Digits that it trains on beside them: those that came with the starter, and MNIST's. */
  readonly others: number
}

export interface JobProgress {
  /** Epochs that are over. */
  readonly epoch: number
  /** Null where it runs until a time or until it gains no more. */
  readonly epochs: number | null
  readonly step: number
  readonly loss: number | null
  /** On validation, newest and best so far. */
  readonly accuracy: number | null
  readonly best: number | null
  readonly seconds: number
}

/** What the trainer had to do about trouble; the newest of a project. */
export type TrainingNotice =
  /** The loss was no number: weights went back to the last good ones, and the learning rate was halved. */
  | { readonly kind: 'rolled-back'; readonly step: number; readonly learningRate: number }
  /** Fewer than two classes have drawings: there is nothing to tell apart. */
  | { readonly kind: 'one-class' }
  /** A new family starts from random weights. */
  | { readonly kind: 'new-family'; readonly family: Family }

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
  /** Labelled drawings without ink, which are left out; not there for none. */
  readonly withoutInk?: number
  /** Ms from the newest drawing's arrival at the trainer to its model being published. */
  readonly lastLearnedMs: number | null
  readonly settings: TrainingSettings
  readonly backend: string
  /** Optimiser steps a second of the newest arrival. */
  readonly stepsPerSecond: number | null
  /** Projects that have something to learn from now, on the whole server. */
  readonly queue: number
  /** Of the trainer's backend: tensors alive, and bytes where it knows them. */
  readonly memory: { readonly tensors: number; readonly bytes: number | null }
  /** The newest full training; null before the first. */
  readonly job: JobStatus | null
  readonly notice: TrainingNotice | null
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
  readonly family: Family
  readonly parameters: number
  /** The newest drawing the model has trained on (its `seq`), 0 before any. */
  readonly trainedTo: number
}
