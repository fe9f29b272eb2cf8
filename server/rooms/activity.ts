import { newId } from '../../shared/ids/id.ts'
import type { Activity } from '../../shared/protocol/entities.ts'
import { MAX_ACTIVITY } from '../../shared/protocol/limits.ts'
import type { Clock } from '../ops/clock.ts'

/** What somebody did; what is left out concerns nobody, all canvases, or nothing further. */
export type Deed = Pick<Activity, 'kind' | 'byUserId'> &
  Partial<Pick<Activity, 'userId' | 'canvasId' | 'drawingId' | 'what'>>

/** Who did what in a room lately; names are left to the list of people, so that hidden ones stay hidden. */
export class ActivityList {
  private readonly entries: Activity[] = []

  constructor(
    private readonly clock: Clock,
    private readonly added: (activity: Activity) => void,
  ) {}

  /** Newest last, at most MAX_ACTIVITY. */
  list(): readonly Activity[] {
    return [...this.entries]
  }

  add({ kind, byUserId, userId = null, canvasId = null, drawingId = null, what = null }: Deed): void {
    const at = this.clock.now()
    const activity: Activity = { id: newId(), at, kind, byUserId, userId, canvasId, drawingId, what }
    this.entries.push(activity)
    if (this.entries.length > MAX_ACTIVITY) this.entries.shift()
    this.added(activity)
  }
}
