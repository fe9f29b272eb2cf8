import type { Prediction } from '../../shared/protocol/events.ts'
import type { Learning } from '../learning/service.ts'
import type { CanvasView, Seen } from './canvas-view.ts'
import type { PredictionHistory } from './prediction-history.ts'
import type { RoomMetrics, RoomPayload } from './ports.ts'

/** Pages turned lately whose last guess is remembered, for the label that names them. */
const MAX_TURNED = 500

interface Guessed {
  readonly prediction: Prediction
  readonly classIds: readonly string[]
}

export interface PredictionsOptions {
  readonly projectId: string
  readonly learning: Pick<Learning, 'predict' | 'onBatch' | 'model'>
  readonly history: PredictionHistory
  readonly metrics: RoomMetrics | undefined
  readonly send: (made: RoomPayload<'prediction'>) => void
}

/** Has every canvas of a room guessed whenever its ink changes, and sends the guesses of a batch as one event. */
export class Predictions {
  private readonly newest = new Map<string, Guessed>()
  private readonly turned = new Map<string, Guessed>()
  private readonly views = new Map<string, CanvasView>()
  private outgoing: Prediction[] = []
  private readonly unsubscribe: () => void

  constructor(private readonly options: PredictionsOptions) {
    this.unsubscribe = options.learning.onBatch(() => this.sendBatch())
  }

  /** The newest guess of each canvas that is not empty. */
  list(): Prediction[] {
    return [...this.newest.values()].map(({ prediction }) => prediction)
  }

  of(canvasId: string): Guessed | null {
    return this.newest.get(canvasId) ?? null
  }

  /** The last guess of a page, also when it was turned since. */
  ofPage(pageId: string): Guessed | null {
    for (const guessed of this.newest.values()) if (guessed.prediction.pageId === pageId) return guessed
    return this.turned.get(pageId) ?? null
  }

  watch(view: CanvasView): void {
    this.views.set(view.canvasId, view)
    if (!view.empty) this.ask(view)
  }

  unwatch(canvasId: string): void {
    this.views.delete(canvasId)
  }

  /** The ink of a canvas changed. */
  inkChanged(view: CanvasView): void {
    this.ask(view)
    this.options.history.touched(view.canvasId, () => this.of(view.canvasId))
  }

  /** Another model serves: all that is drawn is guessed anew. */
  modelChanged(): void {
    for (const view of this.views.values()) if (!view.empty) this.ask(view)
  }

  stop(): void {
    this.unsubscribe()
    this.views.clear()
  }

  private ask(view: CanvasView): void {
    const { projectId, learning } = this.options
    const { canvasId } = view
    if (view.empty) {
      this.sendEmpty(view)
      return
    }
    const model = learning.model(projectId)
    if (model === null || model.classIds.length === 0) return
    learning.predict<Seen>(
      projectId,
      {
        key: canvasId,
        view: () => {
          if (this.views.get(canvasId) !== view || view.empty) return null
          const { strokes, seen } = view.look()
          return { strokes, tag: seen }
        },
      },
      ({ tag, probabilities }, { version, classIds }) => {
        // The canvas may have been emptied or turned while the guess was made.
        if (this.views.get(canvasId) !== view || view.empty) return
        if (view.pageId !== tag.pageId) return
        const rounded = probabilities.map((share) => Math.round(share * 1e4) / 1e4)
        const prediction: Prediction = { ...tag, modelVersion: version, probabilities: rounded }
        this.remember(canvasId, { prediction, classIds })
        this.outgoing.push(prediction)
        this.options.metrics?.count('predictions')
      },
    )
  }

  private sendEmpty(view: CanvasView): void {
    this.remember(view.canvasId, null)
    const { version } = this.options.learning.model(this.options.projectId) ?? { version: 0 }
    const prediction: Prediction = { ...view.look().seen, modelVersion: version, probabilities: [] }
    this.options.send({ modelVersion: version, items: [prediction] })
  }

  private remember(canvasId: string, guessed: Guessed | null): void {
    const before = this.newest.get(canvasId)
    if (guessed) this.newest.set(canvasId, guessed)
    else this.newest.delete(canvasId)
    if (!before || before.prediction.pageId === guessed?.prediction.pageId) return
    this.turned.set(before.prediction.pageId, before)
    const oldest = this.turned.keys().next().value
    if (this.turned.size > MAX_TURNED && oldest !== undefined) this.turned.delete(oldest)
  }

  private sendBatch(): void {
    const items = this.outgoing
    if (items.length === 0) return
    this.outgoing = []
    const byModel = new Map<number, Prediction[]>()
    for (const item of items) {
      const same = byModel.get(item.modelVersion)
      if (same) same.push(item)
      else byModel.set(item.modelVersion, [item])
    }
    for (const [modelVersion, made] of byModel) this.options.send({ modelVersion, items: made })
  }
}
