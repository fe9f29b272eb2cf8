import { GHOST_LIFE_MS, type InkTail } from '../../shared/protocol/ink.ts'
import type { DrawnSoFar } from './ink-batch.ts'

/** Least distance of the points a tile shows, in page pixels. */
export const TILE_POINT_DISTANCE = 12
/** Points repeated from the tail before, since a volatile packet may be dropped. */
const TILE_OVERLAP = 2
/** Strokes in progress of a room; of more, the one that was continued longest ago is forgotten. */
const MAX_STROKES = 1_024

interface Thinned extends DrawnSoFar {
  readonly xs: number[]
  readonly ys: number[]
  /** Points of the stroke itself that were looked at. */
  seen: number
  at: number
}

/** Leaves out the points of strokes in progress that a tile is too small to show. */
export class InkThinner {
  private readonly strokes = new Map<string, Thinned>()

  /** The tail a tile needs of it; null where it brings nothing that would be seen. */
  thin(tail: InkTail, userId: string, now: number): InkTail | null {
    const stroke = this.touch(tail, userId, now)
    if (!stroke) return null
    const known = stroke.xs.length
    for (let i = Math.max(0, stroke.seen - tail.start); i < tail.xs.length; i++) {
      take(stroke, tail.xs[i] ?? 0, tail.ys[i] ?? 0)
    }
    stroke.seen = Math.max(stroke.seen, tail.start + tail.xs.length)
    if (stroke.xs.length === known) return null
    const start = Math.max(0, known - TILE_OVERLAP)
    const { canvasId, pageId, strokeId } = stroke
    return {
      kind: 'tail',
      canvasId,
      pageId,
      strokeId,
      start,
      xs: Float32Array.from(stroke.xs.slice(start)),
      ys: Float32Array.from(stroke.ys.slice(start)),
    }
  }

  /** The stroke is finished or given up. */
  end(strokeId: string, userId: string): void {
    this.strokes.delete(keyOf(strokeId, userId))
  }

  /** Strokes in progress, as far as tiles have been shown them. */
  values(now: number): DrawnSoFar[] {
    return [...this.strokes.values()].filter(({ at }) => now - at < GHOST_LIFE_MS)
  }

  private touch({ strokeId, canvasId, pageId }: InkTail, userId: string, now: number): Thinned | null {
    const key = keyOf(strokeId, userId)
    const known = this.strokes.get(key)
    if (known && (known.canvasId !== canvasId || known.pageId !== pageId)) return null
    const stroke = known ?? { canvasId, pageId, strokeId, userId, xs: [], ys: [], seen: 0, at: now }
    stroke.at = now
    // The map is in the order in which strokes were continued.
    this.strokes.delete(key)
    this.strokes.set(key, stroke)
    for (const [oldest, { at }] of this.strokes) {
      if (this.strokes.size <= MAX_STROKES && now - at < GHOST_LIFE_MS) break
      this.strokes.delete(oldest)
    }
    return stroke
  }
}

function keyOf(strokeId: string, userId: string): string {
  return `${userId}/${strokeId}`
}

function take({ xs, ys }: Thinned, x: number, y: number): void {
  const dx = x - (xs.at(-1) ?? Infinity)
  const dy = y - (ys.at(-1) ?? Infinity)
  if (Math.hypot(dx, dy) < TILE_POINT_DISTANCE) return
  xs.push(x)
  ys.push(y)
}
