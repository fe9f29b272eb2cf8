import type { AccuracyPoint } from '../../shared/training/status.ts'
import { retryPause } from '../ops/retry-pause.ts'
import type { Store } from '../storage/store.ts'
import type { RoomLog } from './ports.ts'

export interface AccuracyChartOptions {
  readonly projectId: string
  readonly store: Pick<Store, 'addAccuracy'>
  readonly log: RoomLog
  /** The newest points as the store has them, oldest first. */
  readonly points: readonly AccuracyPoint[]
  /** Points that are kept; of those that are not stored yet, the oldest go first as well. */
  readonly most: number
}

/** The points of a room's accuracy chart: shown at once, stored in their order, tried again while the store is away. */
export class AccuracyChart {
  private readonly points: AccuracyPoint[]
  private waiting: AccuracyPoint[] = []
  private writing: Promise<boolean> | null = null
  private timer: NodeJS.Timeout | null = null
  private failures = 0
  private stopped = false

  constructor(private readonly options: AccuracyChartOptions) {
    this.points = [...options.points]
  }

  list(): readonly AccuracyPoint[] {
    return this.points
  }

  add(point: AccuracyPoint): void {
    for (const list of [this.points, this.waiting]) {
      list.push(point)
      if (list.length > this.options.most) list.shift()
    }
    if (this.timer === null) void this.write()
  }

  /** Whether nothing waits to be stored. */
  get clean(): boolean {
    return this.waiting.length === 0
  }

  /** Answers whether everything is stored. */
  async flush(): Promise<boolean> {
    while (this.waiting.length > 0 || this.writing) if (!(await this.write())) return false
    return true
  }

  stop(): void {
    this.stopped = true
    if (this.timer) clearTimeout(this.timer)
  }

  private write(): Promise<boolean> {
    this.writing ??= this.writeOnce().finally(() => (this.writing = null))
    return this.writing
  }

  private async writeOnce(): Promise<boolean> {
    const { store, projectId, log } = this.options
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    const taken = [...this.waiting]
    try {
      if (taken.length > 0) await store.addAccuracy(projectId, taken)
      this.waiting = this.waiting.filter((point) => !taken.includes(point))
      this.failures = 0
      if (this.waiting.length > 0) this.later(0)
      return true
    } catch (error) {
      if (this.failures === 0)
        log.warn({ err: error, projectId }, 'points of the accuracy chart wait for the store')
      this.failures++
      this.later(retryPause(this.failures))
      return false
    }
  }

  private later(ms: number): void {
    if (this.stopped) return
    this.timer = setTimeout(() => void this.write(), ms)
  }
}
