import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { TrainingPhase } from '../../../shared/training/status.ts'
import type { Pending } from './pending.ts'

export type GatheringLeft = Extract<TrainingPhase, { readonly state: 'gathering' }>['left']

const MINUTE_MS = 60_000

/** Decides when arrivals that wait are learned from: all that wait then, what comes later gathers anew. */
export class Gathering {
  /** Monotonic ms since when something waits; null while nothing does. */
  private since: number | null = null
  /** Entries, oldest first, that are to be learned from although others would still have to wait. */
  private released = 0

  constructor(
    private readonly pending: Pick<Pending, 'size' | 'labels'>,
    private readonly now: () => number,
  ) {
    this.changed()
  }

  /** Entries came or went. */
  changed(): void {
    this.released = Math.min(this.released, this.pending.size)
    if (this.pending.size === 0) this.since = null
    else this.since ??= this.now()
  }

  /** All that waits now is to be learned from. */
  release(): void {
    this.released = this.pending.size
  }

  /** What has to happen before something is learned from; null where that is now, or nothing waits. */
  left(when: TrainingSettings['when']): GatheringLeft | null {
    if (this.pending.size === 0 || this.released > 0) return null
    switch (when.kind) {
      case 'each':
        return null
      case 'labels': {
        const labels = when.labels - this.pending.labels
        return labels > 0 ? { kind: 'labels', labels } : null
      }
      case 'minutes': {
        const ms = this.dueIn(when)
        return ms !== null && ms > 0 ? { kind: 'time', ms } : null
      }
      case 'button':
        return { kind: 'button' }
    }
  }

  /** Ms until time alone lets something be learned from; null where time does not. */
  dueIn(when: TrainingSettings['when']): number | null {
    if (when.kind !== 'minutes' || this.since === null) return null
    return Math.max(0, Math.ceil(this.since + when.minutes * MINUTE_MS - this.now()))
  }

  /** How many entries the next group may take, all that wait at the most; call only when nothing is `left`. */
  allowed(when: TrainingSettings['when']): number {
    if (when.kind === 'each') return this.pending.size
    if (this.released === 0) this.release()
    return this.released
  }

  /** So many entries were taken. */
  taken(count: number): void {
    const wasReleased = this.released > 0
    this.released = Math.max(0, this.released - count)
    // What came while they were learned from begins to wait now.
    if (wasReleased && this.released === 0) this.since = null
    this.changed()
  }
}
