import type { Split } from '../../shared/protocol/entities.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import type { Family, TrainingSettings } from '../../shared/training/settings.ts'
import type { Accuracy, ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import type { BackendName } from './backend/backend.ts'
import type { PackedDrawings } from './packed-drawings.ts'
import type { Assessment, JobWish } from './service.ts'

/*
 * What travels between the main thread and its two workers: for each worker the calls it answers and the calls it
 * makes. Plain data only.
 */

export interface BackendChoice {
  readonly backend: BackendName | 'auto'
}

export interface TrainerChoice extends BackendChoice {
  /** The folder that holds MNIST's training digits themselves (`findMnist`); null where no usable one was given. */
  readonly mnistFolder: string | null
}

export interface BackendReport {
  readonly backend: BackendName
  readonly description: string
}

/** A model as the predictor holds it. */
export interface ServedModel {
  readonly model: ModelInfo
  readonly recipe: Recipe
  /** In the layout of the model's family for `model.classIds`. */
  readonly weights: Float32Array<ArrayBuffer>
  /** Divides the logits before the softmax. */
  readonly temperature: number
}

export interface StarterReport extends BackendReport {
  readonly model: ModelInfo
  readonly classNames: readonly string[]
}

/** `missing`: the model is not among the hot ones and has to be loaded first. */
export type Predicted =
  | { readonly kind: 'made'; readonly model: ModelInfo; readonly probabilities: Float32Array<ArrayBuffer> }
  | { readonly kind: 'missing' }

/** What the predictor answers. The key `starter` names the shipped model, which is always there. */
export interface PredictorCalls {
  start: { payload: BackendChoice; result: StarterReport }
  load: { payload: { readonly key: string; readonly served: ServedModel }; result: null }
  drop: { payload: { readonly key: string }; result: null }
  predict: { payload: { readonly key: string; readonly drawings: PackedDrawings }; result: Predicted }
  /** Answered once every earlier call is: the thread can be ended then. */
  stop: { payload: null; result: null }
}

/** An entry of the label log without its strokes. */
export interface LogEntry {
  readonly id: string
  readonly seq: number
  readonly classId: string | null
  readonly split: Split
  /** See `LearningDrawing`. */
  readonly at?: number
}

/** Entries of the label log and, in the same order, their drawings. */
export interface PackedLog {
  readonly entries: readonly LogEntry[]
  readonly drawings: PackedDrawings
}

export interface ProjectStart {
  readonly projectId: string
  readonly starter: 'digits' | 'encoder'
  /** For `digits`: the class of each class of the starter, null where the project has it no more. */
  readonly starterClasses: readonly (string | null)[]
  readonly recipe: Recipe
  readonly classIds: readonly string[]
  readonly settings: TrainingSettings
  readonly paused: boolean
  readonly seed: number
  readonly checkpoint: Uint8Array<ArrayBuffer> | null
  readonly log: PackedLog
}

interface OfProject {
  readonly projectId: string
}

export interface CheckpointMade {
  readonly step: number
  readonly blob: Uint8Array<ArrayBuffer>
  readonly accuracy: number | null
  readonly accuracyKind: Accuracy['kind'] | null
  readonly loss: number | null
  readonly trainedTo: number
  readonly classIds: readonly string[]
  readonly family: Family
}

/** What the trainer answers; each between two steps. */
export interface TrainerCalls {
  start: { payload: TrainerChoice; result: BackendReport }
  open: { payload: ProjectStart; result: { readonly served: ServedModel; readonly status: TrainingStatus } }
  close: { payload: OfProject; result: null }
  learn: { payload: OfProject & { readonly log: PackedLog }; result: null }
  forget: { payload: OfProject & { readonly drawingIds: readonly string[] }; result: null }
  setClasses: { payload: OfProject & { readonly classIds: readonly string[] }; result: ModelInfo }
  configure: { payload: OfProject & { readonly settings: TrainingSettings }; result: TrainingStatus }
  pause: { payload: OfProject & { readonly paused: boolean }; result: TrainingStatus }
  now: { payload: OfProject; result: TrainingStatus }
  startJob: { payload: OfProject & { readonly wish: JobWish }; result: TrainingStatus }
  stopJob: { payload: OfProject; result: TrainingStatus }
  decideJob: { payload: OfProject & { readonly promote: boolean }; result: TrainingStatus }
  checkpoint: { payload: OfProject; result: CheckpointMade }
  /** Takes up the state of a checkpoint; its model is published before the answer. */
  restore: { payload: OfProject & { readonly blob: Uint8Array<ArrayBuffer> }; result: TrainingStatus }
  assess: {
    payload: OfProject & { readonly blobs: readonly Uint8Array<ArrayBuffer>[] }
    result: readonly Assessment[]
  }
  /** The model that serves now, for a predictor that has lost it. */
  served: { payload: OfProject; result: ServedModel }
  /** Ends all training; everything else is still answered. */
  halt: { payload: null; result: null }
  stop: { payload: null; result: null }
}

export interface Publication extends OfProject {
  readonly served: ServedModel
  /** The newest figure, null where these weights have none yet. */
  readonly accuracy: Accuracy | null
}

/** What the trainer asks of the main thread. */
export interface TrainerAsks {
  /** Answered once the predictor guesses with the model. */
  publish: { payload: Publication; result: null }
  status: { payload: OfProject & { readonly status: TrainingStatus }; result: null }
  log: { payload: LogLine; result: null }
}

/** What the predictor asks of the main thread. */
export interface PredictorAsks {
  log: { payload: LogLine; result: null }
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly detail: string
}
