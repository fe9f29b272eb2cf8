import type { Judged } from '../../../shared/training/metrics.ts'
import type { Recipe } from '../../../shared/raster/recipe.ts'
import type { Architecture } from '../../../shared/training/architecture.ts'
import type { Family, TrainingSettings } from '../../../shared/training/settings.ts'
import type { Accuracy, TrainingNotice } from '../../../shared/training/status.ts'
import type { OptimiserState } from '../model/optimiser.ts'
import type { ServedModel } from '../rpc.ts'
import type { JobState } from './job-state.ts'

/** Arrivals that are learned from together. */
export interface Group {
  /** The drawings that train, by id, oldest first. */
  readonly newest: readonly string[]
  /** Entries of the log that came with it, drawings kept aside and withdrawn ones included. */
  readonly arrivals: number
  /** Newest place in the log that it brought. */
  readonly upTo: number
  /** Steps that its drawings take part in. */
  readonly steps: number
  /** Steps after these, in which all classes practise alike. */
  readonly settling: number
  done: number
}

/** How entries of the log were put together: part of what batches follow from. */
export interface Coalesced {
  readonly step: number
  readonly upTo: number
  readonly newest: number
}

/** Practice after the newest group, while nothing arrives. */
export interface Practice {
  /** Steps since the newest group; at the bound there is no more of it. */
  steps: number
  /** Evaluations in a row that were no better than the best since the newest group. */
  flat: number
  best: number | null
  lossSum: number
  /** What its steps took, where the settings bound that. */
  ms: number
}

/**
 * A project's training between two steps. Everything that later batches, weights and guesses follow from, besides the
 * label log, is in here and in a checkpoint.
 */
export interface TrainingState {
  readonly projectId: string
  readonly seed: number
  readonly recipe: Recipe
  /** Class of each class of the starter, for its exemplars; null where there is none. */
  readonly starterClasses: readonly (string | null)[]
  /** What `weights` are laid out for; the settings may ask for another one already. */
  family: Family
  settings: TrainingSettings
  paused: boolean
  /** The project's classes; those that have a drawing, or came with the starter, have a column in the head. */
  classIds: readonly string[]
  headIds: readonly string[]
  /** Optimiser steps so far. */
  step: number
  weights: Float32Array<ArrayBuffer>
  average: Float32Array<ArrayBuffer>
  averageUpdates: number
  optimiser: OptimiserState
  serving: 'ema' | 'raw'
  temperature: number
  served: ServedModel
  /** Place in the label log up to which entries have been taken. */
  position: number
  /** Newest place in the label log that the weights may follow from; behind `position` after a roll back. */
  learnedTo: number
  /** Up to this place in the label log what waits is to be learned from, whatever the settings let it wait for. */
  releasedTo: number
  keepPerClass: number
  group: Group | null
  practice: Practice
  groupsSinceEvaluation: number
  /** The newest groups, newest last. */
  coalesced: Coalesced[]
  /** Drawings guessed just before they were learned from, newest last. */
  prequential: Judged[]
  /** The newest measurement on drawings kept aside. */
  measured: { readonly accuracy: Accuracy; readonly mixedUp: readonly [string, string, number] | null } | null
  loss: number | null
  /** On the learning rate of the settings: halved by each roll back, 1 again when the settings change. */
  rateFactor: number
  /** Roll backs in a row, and steps since the newest. */
  rollBacks: number
  stepsSinceRollBack: number
  /** Steps in which the settings may have the head alone be trained, since a class was added. */
  headSteps: number
  /** What there was at the newest consolidation, or when the project began; null where that is not known yet. */
  consolidated: { readonly drawings: number; readonly classIds: readonly string[] } | null
  notice: TrainingNotice | null
  /** The family that a full training was begun for since the settings ask for it; null for none. */
  triedFamily: Family | null
  /** The newest full training; null before the first. */
  job: JobState | null
}

/** Drawings the prequential score goes over. */
export const PREQUENTIAL_WINDOW = 100
export const MOST_COALESCED_KEPT = 50
/** Fewest drawings kept aside for a figure to be taken from them. */
export const LEAST_ASIDE = 20

/** Steps of a practice that is not to go on, whatever the settings allow. */
export const NO_MORE = Number.MAX_SAFE_INTEGER

/** Practice that is over: nothing is to be gained before the next label. */
export function noPractice(): Practice {
  return { steps: NO_MORE, flat: 0, best: null, lossSum: 0, ms: 0 }
}

export function freshPractice(): Practice {
  return { steps: 0, flat: 0, best: null, lossSum: 0, ms: 0 }
}

/** What the weights of a state are laid out for. */
export function architectureOf({ family, headIds }: Pick<TrainingState, 'family' | 'headIds'>): Architecture {
  return { family, classes: headIds.length }
}
