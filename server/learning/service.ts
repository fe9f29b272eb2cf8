import type { CheckpointReport, Split } from '../../shared/protocol/entities.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import type { Family, TrainingSettings } from '../../shared/training/settings.ts'
import type {
  Accuracy,
  AccuracyPoint,
  JobPlan,
  ModelInfo,
  TrainingStatus,
} from '../../shared/training/status.ts'

/** Points of one stroke as the predictor sees them, in page pixels. */
export interface StrokePath {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
}

/** A drawing in the label log, as the trainer learns from it. */
export interface LearningDrawing {
  readonly id: string
  /** Place in the label log; ascending. */
  readonly seq: number
  /** Null: withdrawn, in the To sort pile, or none of these: not to be learned from. */
  readonly classId: string | null
  readonly split: Split
  /** When it was labelled, epoch ms; left out, it counts as just now. */
  readonly at?: number
  readonly strokes: readonly StrokePath[]
}

/** What a project's model starts from. */
export interface ModelStart {
  readonly projectId: string
  /** `digits`: the starter model as it is; `encoder`: its body with a head that knows no class yet. */
  readonly starter: 'digits' | 'encoder'
  readonly recipe: Recipe
  readonly classIds: readonly string[]
  /**
   * With `digits`: the class of each class of the starter ('0' to '9'), null where the project has it no more; without
   * it the first ten of `classIds`.
   */
  readonly starterClasses?: readonly (string | null)[]
  readonly settings: TrainingSettings
  readonly paused: boolean
  readonly seed: number
  /** A checkpoint blob to go on from. */
  readonly checkpoint: Uint8Array | null
  /** The whole label log (with a checkpoint: the same; what the checkpoint has not trained on is pending). */
  readonly drawings: readonly LearningDrawing[]
  /** Reads the start anew, after the trainer died; without it the project is failed then, until it is opened again. */
  readonly reload?: () => Promise<ModelStart>
}

export interface CheckpointState {
  readonly step: number
  readonly blob: Uint8Array
  /** Share of right guesses and what it is measured on; null with too few drawings. */
  readonly accuracy: number | null
  readonly accuracyKind: Accuracy['kind'] | null
  /** Mean cross-entropy of the newest step; null before the first. */
  readonly loss: number | null
  /** Newest place in the label log that it has learned from. */
  readonly trainedTo: number
  readonly classIds: readonly string[]
  readonly family: Family
}

/** How a model does on drawings kept aside, see CheckpointReport. */
export type Assessment = Omit<CheckpointReport, 'checkpointId'>

/** One canvas to guess; `view` is asked when its batch is made, so that it shows the newest points. */
export interface PredictionRequest<T> {
  readonly key: string
  /** The strokes to guess and a tag that comes back with the guess; null when the canvas is gone. */
  readonly view: () => { readonly strokes: readonly StrokePath[]; readonly tag: T } | null
}

export interface Guess<T> {
  readonly key: string
  readonly tag: T
  /** In the order of `model.classIds`. */
  readonly probabilities: readonly number[]
}

export interface LearningEvents {
  status(projectId: string, status: TrainingStatus): void
  published(projectId: string, model: ModelInfo, accuracy: AccuracyPoint | null): void
}

/** What is logged, as pino takes it. */
export interface LearningLog {
  info(detail: object, message: string): void
  warn(detail: object, message: string): void
  error(detail: object, message: string): void
}

/** What somebody asks of a full training; everything else follows from the settings. */
export type JobWish = Pick<JobPlan, 'mnist' | 'promote'>

/** Everything the rooms need of the network: the predictor and the trainer behind plain data. */
export interface Learning {
  readonly backend: string
  /** Whether MNIST's digits are there, for full trainings of digits rooms. */
  readonly mnist: boolean
  /** Resolves when predictor and trainer have loaded; the starter answers from then on. */
  ready(): Promise<void>
  /** Whether both threads are alive and loaded. */
  healthy(): boolean
  subscribe(events: LearningEvents): () => void

  /** Loads a project's model into predictor and trainer; a second call for an open project answers its state. */
  open(start: ModelStart): Promise<{ model: ModelInfo; status: TrainingStatus }>
  /** Drops a project from both threads (after its checkpoint was taken). */
  close(projectId: string): Promise<void>
  status(projectId: string): TrainingStatus | null
  model(projectId: string): ModelInfo | null
  /** The shipped starter model, which the scratch pad asks. */
  starter(): { model: ModelInfo; classNames: readonly string[] }

  /**
   * Guesses a canvas again. At once when the predictor is idle; else the canvas joins the next batch of its model
   * (one entry a key: what it shows then is what is guessed). The project `starter` is the shipped model.
   */
  predict<T>(
    projectId: string,
    request: PredictionRequest<T>,
    made: (guess: Guess<T>, model: ModelInfo) => void,
  ): void
  /** Calls `made` for each guess of a batch, then `batchMade` once: for sending them as one event. */
  onBatch(batchMade: () => void): () => void

  /** A drawing was added, relabelled or withdrawn: the next entry of the label log. */
  learn(projectId: string, drawing: LearningDrawing): void
  /**
   * Drawings were deleted: resolves once nothing is learned from them or measured on them any more. What they taught the
   * weights so far stays. A project that is not open reads the label log anew, without them.
   */
  forget(projectId: string, drawingIds: readonly string[]): Promise<void>
  /** Adds and removes classes while the project is open; kept ones keep their weights. */
  setClasses(projectId: string, classIds: readonly string[]): Promise<ModelInfo>
  configure(projectId: string, settings: TrainingSettings): Promise<TrainingStatus>
  pause(projectId: string): Promise<TrainingStatus>
  resume(projectId: string): Promise<TrainingStatus>
  /** Learns now from the arrivals that wait for more labels, for a time or for this. */
  trainNow(projectId: string): Promise<TrainingStatus>
  /**
   * Queues a full training of the settings' family from scratch, on the drawings that are there now; those that wait are
   * learned from first.
   * @throws LearningError `job-running`, `too-few` (classes that have something to be told apart by), `no-mnist`, or
   * `full`: the server has as many as it takes
   */
  startJob(projectId: string, wish: JobWish): Promise<TrainingStatus>
  /** Ends the full training at once; what did best so far waits for a decision. @throws LearningError `no-job` */
  stopJob(projectId: string): Promise<TrainingStatus>
  /** Has the result that waits serve, or drops it. @throws LearningError `no-job` */
  decideJob(projectId: string, promote: boolean): Promise<TrainingStatus>
  /** The exact state between two steps. */
  checkpoint(projectId: string): Promise<CheckpointState>
  /**
   * Takes up the state of a checkpoint between two steps: weights, optimiser and figures are the blob's; settings,
   * classes and drawings stay those of now, and training goes on with the next label. Its model is published first.
   * @throws LearningError `checkpoint-damaged`; the model is then as it was
   */
  restore(projectId: string, blob: Uint8Array): Promise<{ model: ModelInfo; status: TrainingStatus }>
  /**
   * Measures the models that checkpoints served, all on the same drawings of the project that are kept aside.
   * @throws LearningError `checkpoint-damaged`
   */
  assess(projectId: string, blobs: readonly Uint8Array[]): Promise<readonly Assessment[]>
  /**
   * Ends all training with the step in progress, so that nobody is shown a step that the last checkpoint does not have;
   * guesses, checkpoints and what is learned later are still taken.
   */
  halt(): Promise<void>
  /** Stops after the step in progress; further calls reject. */
  stop(): Promise<void>
}
