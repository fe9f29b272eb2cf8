import { createListeners } from '../ops/listeners.ts'
import { spawnWorker } from '../ops/spawn-worker.ts'
import { SupervisedWorker } from '../ops/supervised-worker.ts'
import { LearningError } from './errors.ts'
import { buffersOf, packDrawings } from './packed-drawings.ts'
import { PredictionScheduler, type BatchResult } from './predictor/scheduler.ts'
import type {
  BackendChoice,
  LogLine,
  Predicted,
  PredictorAsks,
  PredictorCalls,
  ServedModel,
  StarterReport,
} from './rpc.ts'
import type { Guess, LearningLog, PredictionRequest, StrokePath } from './service.ts'
import type { ModelInfo } from '../../shared/training/status.ts'

export interface LivePredictionsOptions extends BackendChoice {
  readonly log: LearningLog
  readonly logLine: (line: LogLine) => null
  readonly told: (level: 'warn' | 'error', message: string, error: unknown) => void
  /** The model that a project serves now; null for one that is not open. */
  readonly fetch: (key: string) => Promise<ServedModel | null>
}

/** The predictor behind its thread: which model guesses what, and when. */
export class LivePredictions {
  private readonly batches = createListeners<null>()
  private readonly scheduler: PredictionScheduler
  private readonly predictor: SupervisedWorker<PredictorCalls, PredictorAsks>
  private report: StarterReport | null = null
  private stopping = false

  constructor(private readonly options: LivePredictionsOptions) {
    this.predictor = new SupervisedWorker<PredictorCalls, PredictorAsks>({
      name: 'predictor',
      spawn: () => spawnWorker('predictor', new URL('./predictor/worker.ts', import.meta.url)),
      handlers: { log: options.logLine },
      begin: async (channel) => {
        this.report = await channel.call('start', { backend: options.backend })
      },
      told: options.told,
    })
    this.scheduler = new PredictionScheduler({
      guess: (key, drawings) => this.guess(key, drawings),
      batchMade: () => {
        this.batches.tell(null)
      },
      failed: (message, error) => {
        options.told('error', message, error)
      },
    })
  }

  start(): Promise<void> {
    return this.predictor.start()
  }

  get healthy(): boolean {
    return this.predictor.healthy
  }

  get backend(): string {
    return this.report?.backend ?? this.options.backend
  }

  starter(): { model: ModelInfo; classNames: readonly string[] } {
    if (!this.report) throw new LearningError('not-ready', 'the starter model is not loaded yet')
    return { model: this.report.model, classNames: this.report.classNames }
  }

  predict<T>(
    projectId: string,
    { key, view }: PredictionRequest<T>,
    made: (guess: Guess<T>, model: ModelInfo) => void,
  ): void {
    if (this.stopping) return
    this.scheduler.want(projectId, key, () => {
      const seen = view()
      if (!seen) return null
      return {
        strokes: seen.strokes,
        take: (probabilities, model) => {
          made({ key, tag: seen.tag, probabilities }, model)
        },
      }
    })
  }

  onBatch(batchMade: () => void): () => void {
    return this.batches.add(batchMade)
  }

  /** A predictor that is being started again fetches the model when it is asked for it. */
  async load(key: string, served: ServedModel): Promise<void> {
    try {
      await this.predictor.call('load', { key, served }, [served.weights.buffer])
    } catch (error) {
      this.options.log.warn({ err: error, projectId: key }, 'a model waits for the predictor')
    }
  }

  /** Drops a model and what waits for it. */
  async drop(key: string): Promise<void> {
    this.scheduler.forget(key)
    await this.predictor.call('drop', { key })
  }

  async stop(): Promise<void> {
    this.stopping = true
    // A thread that is ended while a GPU computes for it ends the whole process.
    if (this.predictor.healthy) await this.predictor.call('stop', null).catch(() => null)
    await this.predictor.stop()
  }

  private async guess(
    key: string,
    drawings: readonly (readonly StrokePath[])[],
  ): Promise<BatchResult | null> {
    await this.predictor.whenWorking()
    if (this.stopping) return null
    const first = await this.askPredictor(key, drawings)
    if (first.kind === 'made') return first
    const served = await this.options.fetch(key)
    if (!served) return null
    await this.load(key, served)
    const second = await this.askPredictor(key, drawings)
    return second.kind === 'made' ? second : null
  }

  private askPredictor(key: string, drawings: readonly (readonly StrokePath[])[]): Promise<Predicted> {
    const packed = packDrawings(drawings)
    return this.predictor.call('predict', { key, drawings: packed }, buffersOf(packed))
  }
}
