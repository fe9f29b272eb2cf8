import { newId } from '../../shared/ids/id.ts'
import type { Prediction } from '../../shared/protocol/events.ts'
import type { PredictionRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import { retryPause } from '../ops/retry-pause.ts'
import type { RoomLog, RoomMetrics } from './ports.ts'

/** A guess is kept once the pen has rested this long, in ms. */
const REST_MS = 800
const WRITE_MS = 2_000
const MAX_WAITING = 1_000
const DAY_MS = 24 * 3_600_000
const PRUNE_MS = 3_600_000
/** What a guess takes of memory, about, without its probabilities. */
const GUESS_BYTES = 500

export interface PredictionHistoryOptions {
  readonly projectId: string
  readonly store: Pick<Store, 'addPredictions' | 'prunePredictions'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** What the guesses of all rooms that wait take, in bytes, about. */
  readonly waitingGuesses: Budget
  /** Days for which guesses are kept; 0 keeps them for ever. */
  readonly keepDays: number
}

/** Keeps the guesses that mattered: where the pen rested, and what was said of each drawing when it was labelled. */
export class PredictionHistory {
  private waiting: PredictionRecord[] = []
  private readonly rests = new Map<string, NodeJS.Timeout>()
  private timer: NodeJS.Timeout | null = null
  private writing: Promise<boolean> | null = null
  private failures = 0
  private stopped = false
  private readonly pruning: NodeJS.Timeout | null = null

  constructor(private readonly options: PredictionHistoryOptions) {
    if (options.keepDays === 0) return
    void this.prune()
    this.pruning = setInterval(() => void this.prune(), PRUNE_MS)
    this.pruning.unref()
  }

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
    this.options.waitingGuesses.add(sizeOf(prediction))
    this.dropOldest()
    this.timer ??= setTimeout(() => void this.flush(), WRITE_MS)
  }

  /** Whether nothing waits to be stored. */
  get clean(): boolean {
    return this.waiting.length === 0 && this.writing === null
  }

  /** Answers whether everything recorded is stored. */
  async flush(): Promise<boolean> {
    while (this.writing) await this.writing
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const records = this.waiting
    if (records.length === 0) return true
    this.waiting = []
    this.writing = this.write(records).finally(() => (this.writing = null))
    return this.writing
  }

  /** The drawings of these pages are about to be deleted: resolves once nothing of them is written any more. */
  async forget(pageIds: ReadonlySet<string>): Promise<void> {
    this.drop(pageIds)
    if (!this.writing) return
    await this.writing
    // What could not be written waits again.
    this.drop(pageIds)
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    if (this.pruning) clearInterval(this.pruning)
    for (const rest of this.rests.values()) clearTimeout(rest)
    this.rests.clear()
    this.stopped = true
    this.giveBack(this.waiting.splice(0))
  }

  private async write(records: readonly PredictionRecord[]): Promise<boolean> {
    const { store, log, projectId } = this.options
    try {
      await store.addPredictions(records)
      this.failures = 0
      this.giveBack(records)
      return true
    } catch (error) {
      if (this.failures === 0) log.warn({ err: error, projectId }, 'guesses wait for the store')
      this.failures++
      if (this.stopped) {
        this.giveBack(records)
        return false
      }
      this.waiting = [...records, ...this.waiting]
      this.dropOldest()
      this.timer ??= setTimeout(() => void this.flush(), retryPause(this.failures))
      return false
    }
  }

  private drop(pageIds: ReadonlySet<string>): void {
    this.giveBack(this.waiting.filter(({ prediction }) => pageIds.has(prediction.pageId)))
    this.waiting = this.waiting.filter(({ prediction }) => !pageIds.has(prediction.pageId))
  }

  private async prune(): Promise<void> {
    const { store, projectId, clock, keepDays, log } = this.options
    try {
      await store.prunePredictions(projectId, clock.now() - keepDays * DAY_MS)
    } catch (error) {
      log.warn({ err: error, projectId }, 'old guesses were not deleted yet')
    }
  }

  private giveBack(records: readonly PredictionRecord[]): void {
    for (const { prediction } of records) this.options.waitingGuesses.add(-sizeOf(prediction))
  }

  private dropOldest(): void {
    const { waitingGuesses, metrics } = this.options
    while (this.waiting.length > MAX_WAITING || (waitingGuesses.full && this.waiting.length > 0)) {
      this.giveBack(this.waiting.splice(0, 1))
      metrics?.count('predictions_dropped')
    }
  }
}

function sizeOf({ probabilities }: Prediction): number {
  return GUESS_BYTES + 8 * probabilities.length
}
