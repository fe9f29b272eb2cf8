import { newId } from '../../shared/ids/id.ts'
import type { Prediction } from '../../shared/protocol/events.ts'
import type { PredictionRecord, Store } from '../storage/store.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog } from './ports.ts'

/** A guess is kept once the pen has rested this long, in ms. */
const REST_MS = 800
const WRITE_MS = 2_000
const MAX_WAITING = 1_000

export interface PredictionHistoryOptions {
  readonly projectId: string
  readonly store: Pick<Store, 'addPredictions'>
  readonly log: RoomLog
  readonly clock: Clock
}

/** Keeps the guesses that mattered: where the pen rested, and what was said of each drawing when it was labelled. */
export class PredictionHistory {
  private waiting: PredictionRecord[] = []
  private readonly rests = new Map<string, NodeJS.Timeout>()
  private timer: NodeJS.Timeout | null = null

  constructor(private readonly options: PredictionHistoryOptions) {}

  /** The ink of a canvas changed: `newest` is asked once the pen has rested. */
  touched(
    canvasId: string,
    newest: () => { prediction: Prediction; classIds: readonly string[] } | null,
  ): void {
    const resting = this.rests.get(canvasId)
    if (resting) {
      resting.refresh()
      return
    }
    const rest = setTimeout(() => {
      this.rests.delete(canvasId)
      const made = newest()
      if (made && made.prediction.points > 0) this.record(made.prediction, made.classIds, null)
    }, REST_MS)
    this.rests.set(canvasId, rest)
  }

  record(prediction: Prediction, classIds: readonly string[], drawingId: string | null): void {
    const { projectId, clock } = this.options
    this.waiting.push({ id: newId(), projectId, at: clock.now(), prediction, classIds, drawingId })
    if (this.waiting.length > MAX_WAITING) this.waiting.shift()
    this.timer ??= setTimeout(() => void this.flush(), WRITE_MS)
  }

  /** Answers whether everything recorded is stored. */
  async flush(): Promise<boolean> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const records = this.waiting
    if (records.length === 0) return true
    this.waiting = []
    try {
      await this.options.store.addPredictions(records)
      return true
    } catch (error) {
      this.waiting = [...records, ...this.waiting].slice(-MAX_WAITING)
      this.options.log.warn({ err: error, projectId: this.options.projectId }, 'guesses could not be kept')
      this.timer ??= setTimeout(() => void this.flush(), WRITE_MS)
      return false
    }
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    for (const rest of this.rests.values()) clearTimeout(rest)
    this.rests.clear()
  }
}
