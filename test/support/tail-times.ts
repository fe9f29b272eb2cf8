import { snap } from '../../shared/canvas/codec.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import type { InkTail, RoomInk } from '../../shared/protocol/ink.ts'

/** Strokes that are remembered; late tails of older ones are not timed. */
const MAX_STROKES = 2_000

/**
 * Times tails from their sender to their watchers in one process. A watched tile's tails are thinned and counted anew, so
 * that a tail is known by the newest point it brings: when was that one sent?
 */
export class TailTimes {
  /** Ms from a tail that was sent to a watcher who received it, or its last point that was left. */
  readonly latencies: number[] = []
  /** Tails that ended in a point nobody sent. */
  unknown = 0
  private readonly sent = new Map<string, { readonly at: Map<string, number>; upTo: number }>()
  private readonly newest = new Map<string, string>()

  /** Points of the stroke up to `points` were sent at this moment. */
  tailSent(strokeId: string, stroke: Stroke, points: number): void {
    const note = this.sent.get(strokeId) ?? { at: new Map<string, number>(), upTo: 0 }
    const now = performance.now()
    for (let i = note.upTo; i < points; i++) note.at.set(place(stroke.xs[i] ?? 0, stroke.ys[i] ?? 0), now)
    note.upTo = points
    this.sent.set(strokeId, note)
    const oldest = this.sent.keys().next().value
    if (this.sent.size > MAX_STROKES && oldest !== undefined) this.sent.delete(oldest)
  }

  received(watcher: string, batch: readonly RoomInk[]): void {
    const now = performance.now()
    for (const { userId, message } of batch) {
      if (message.kind === 'tail' && userId !== watcher) this.receivedTail(watcher, message, now)
    }
  }

  private receivedTail(watcher: string, { strokeId, xs, ys }: InkTail, now: number): void {
    const note = this.sent.get(strokeId)
    if (!note) return
    const last = place(xs.at(-1) ?? 0, ys.at(-1) ?? 0)
    const key = `${watcher}/${strokeId}`
    if (this.newest.get(key) === last) return
    this.newest.set(key, last)
    if (this.newest.size > MAX_STROKES * 100) this.newest.clear()
    const at = note.at.get(last)
    if (at === undefined) this.unknown++
    else this.latencies.push(now - at)
  }
}

function place(x: number, y: number): string {
  return `${String(snap(x))},${String(snap(y))}`
}
