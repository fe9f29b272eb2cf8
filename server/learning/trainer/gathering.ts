import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { TrainingPhase } from '../../../shared/training/status.ts'
import type { Pending } from './pending.ts'
import type { TrainingState } from './state.ts'

export type GatheringLeft = Extract<TrainingPhase, { readonly state: 'gathering' }>['left']

const MINUTE_MS = 60_000

/**
 * Decides when arrivals that wait are learned from: all that wait then, what comes later gathers anew. What was let go
 * is part of the state, and since when something waits follows from the label log, so that a restart changes neither.
 */
export class Gathering {
  constructor(
    private readonly pending: Pick<Pending, 'size' | 'labels' | 'oldest' | 'newestSeq' | 'upTo'>,
    /** As it is now: it may be another object after going back to a checkpoint. */
    private readonly state: () => Pick<TrainingState, 'releasedTo'>,
    /** Monotonic ms. */
    private readonly now: () => number,
  ) {}

  /** All that waits now is to be learned from. */
  release(): void {
    const state = this.state()
    state.releasedTo = Math.max(state.releasedTo, this.pending.newestSeq)
  }

  /** What has to happen before something is learned from; null where that is now, or nothing waits. */
  left(when: TrainingSettings['when']): GatheringLeft | null {
    const { oldest } = this.pending
    if (!oldest || oldest.seq <= this.state().releasedTo) return null
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
    const { oldest } = this.pending
    if (when.kind !== 'minutes' || !oldest) return null
    return Math.max(0, Math.ceil(oldest.since + when.minutes * MINUTE_MS - this.now()))
  }

  /** How many entries the next group may take, all that wait at the most; call only when nothing is `left`. */
  allowed(when: TrainingSettings['when']): number {
    if (when.kind === 'each') return this.pending.size
    if ((this.pending.oldest?.seq ?? 0) > this.state().releasedTo) this.release()
    return this.pending.upTo(this.state().releasedTo)
  }
}
