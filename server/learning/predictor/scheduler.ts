import type { ModelInfo } from '../../../shared/training/status.ts'
import type { StrokePath } from '../service.ts'

/** A canvas that waits to be guessed. `look` is asked when its batch is made; null when it is gone. */
export interface Wanted {
  readonly look: () => Look | null
  attempts: number
}

/** What a canvas shows, and who takes its guess. */
export interface Look {
  readonly strokes: readonly StrokePath[]
  readonly take: (probabilities: readonly number[], model: ModelInfo) => void
}

export interface BatchResult {
  readonly model: ModelInfo
  /** Drawings one after the other, `model.classIds.length` values each. */
  readonly probabilities: Float32Array
}

export interface SchedulerOptions {
  /** Guesses drawings with a model; null when there is no such model. */
  readonly guess: (key: string, drawings: readonly (readonly StrokePath[])[]) => Promise<BatchResult | null>
  readonly batchMade: () => void
  readonly failed: (message: string, error: unknown) => void
}

const MOST_IN_BATCH = 64
/** Canvases that may wait for one model; beyond that the one that has waited longest is let go. */
const MOST_WAITING = 2_048
const MOST_ATTEMPTS = 2

/**
 * Which canvases are to be guessed again, by model. One batch is under way at a time; models have their turns, so that
 * none starves; when idle, what is asked for in one turn of the event loop goes out together at once.
 */
export class PredictionScheduler {
  private readonly byModel = new Map<string, Map<string, Wanted>>()
  private busy = false

  constructor(private readonly options: SchedulerOptions) {}

  want(model: string, key: string, look: Wanted['look']): void {
    this.put(model, key, { look, attempts: 0 })
    if (this.busy) return
    this.busy = true
    setImmediate(() => void this.run())
  }

  /** Forgets what waits for a model. */
  forget(model: string): void {
    this.byModel.delete(model)
  }

  private put(model: string, key: string, wanted: Wanted): void {
    const waiting = this.byModel.get(model) ?? new Map<string, Wanted>()
    this.byModel.set(model, waiting)
    waiting.set(key, wanted)
    const [oldest] = waiting.keys()
    if (waiting.size > MOST_WAITING && oldest !== undefined) waiting.delete(oldest)
  }

  private async run(): Promise<void> {
    for (let batch = this.nextBatch(); batch; batch = this.nextBatch()) {
      try {
        await this.make(batch.model, batch.wanted)
      } catch (error) {
        this.options.failed(`guessing with the model ${batch.model} failed`, error)
        this.putBack(batch.model, batch.wanted)
      }
    }
    this.busy = false
  }

  /** Takes up to 64 canvases of the model whose turn it is and moves it behind the others. */
  private nextBatch(): { model: string; wanted: Map<string, Wanted> } | null {
    const [first] = this.byModel
    if (!first) return null
    const [model, waiting] = first
    const wanted = new Map([...waiting].slice(0, MOST_IN_BATCH))
    for (const key of wanted.keys()) waiting.delete(key)
    this.byModel.delete(model)
    if (waiting.size > 0) this.byModel.set(model, waiting)
    return { model, wanted }
  }

  private async make(model: string, wanted: ReadonlyMap<string, Wanted>): Promise<void> {
    const looks = [...wanted.values()].flatMap(({ look }) => look() ?? [])
    if (looks.length === 0) return
    const result = await this.options.guess(
      model,
      looks.map(({ strokes }) => strokes),
    )
    if (!result) return
    const classes = result.model.classIds.length
    looks.forEach(({ strokes, take }, index) => {
      const at = index * classes
      const inked = strokes.some(({ xs }) => xs.length > 0)
      this.safely(() => {
        take(inked ? Array.from(result.probabilities.subarray(at, at + classes)) : [], result.model)
      })
    })
    this.safely(this.options.batchMade)
  }

  /** A canvas that was asked for anew meanwhile keeps its newer request. */
  private putBack(model: string, wanted: ReadonlyMap<string, Wanted>): void {
    for (const [key, entry] of wanted)
      if (++entry.attempts < MOST_ATTEMPTS && !this.byModel.get(model)?.has(key)) this.put(model, key, entry)
  }

  private safely(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.options.failed('a listener to guesses failed', error)
    }
  }
}
