import { MAX_POINTS_PER_STROKE } from '../../shared/canvas/limits.ts'
import { GHOST_LIFE_MS, type InkTail } from '../../shared/protocol/ink.ts'

/** Strokes in progress a canvas may have at once. */
const MAX_TAILS = 64
/** How long a finished stroke's late tails are still recognised, in ms. */
const FINISHED_LIFE_MS = 10_000
const MAX_FINISHED = 2_000

/** A stroke that is being drawn, as far as its tails have arrived. */
export interface StrokeInProgress {
  readonly strokeId: string
  readonly pageId: string
  readonly userId: string
  readonly xs: number[]
  readonly ys: number[]
  /** Epoch ms of the first and the newest tail. */
  readonly since: number
  at: number
}

/** The strokes in progress on one canvas, put together from their tails. */
export class InkTails {
  private readonly strokes = new Map<string, StrokeInProgress>()
  private readonly finished = new Map<string, number>()

  get size(): number {
    return this.strokes.size
  }

  values(): Iterable<StrokeInProgress> {
    return this.strokes.values()
  }

  /** Whether the tail told anything new. Points that were lost on the way are put on the line between their neighbours. */
  add(tail: InkTail, userId: string, now: number): boolean {
    if (this.isFinished(tail.strokeId, now) || tail.xs.length === 0) return false
    const stroke = this.strokes.get(tail.strokeId) ?? this.begin(tail, userId, now)
    if (stroke?.userId !== userId || stroke.pageId !== tail.pageId) return false
    if (tail.start + tail.xs.length > MAX_POINTS_PER_STROKE) return false
    stroke.at = now
    const known = stroke.xs.length
    bridge(stroke, tail)
    for (let i = Math.max(0, stroke.xs.length - tail.start); i < tail.xs.length; i++) {
      stroke.xs.push(tail.xs[i] ?? 0)
      stroke.ys.push(tail.ys[i] ?? 0)
    }
    return stroke.xs.length > known
  }

  /** Ends a stroke in progress of this person, committed elsewhere or not; answers whether there was one. */
  end(strokeId: string, userId: string, now: number): boolean {
    if (this.strokes.get(strokeId)?.userId !== userId) return false
    this.finish(strokeId, now)
    return true
  }

  /** Later tails of the stroke are ignored. */
  finish(strokeId: string, now: number): void {
    this.strokes.delete(strokeId)
    this.finished.delete(strokeId)
    this.finished.set(strokeId, now + FINISHED_LIFE_MS)
    const oldest = this.finished.keys().next().value
    if (this.finished.size > MAX_FINISHED && oldest !== undefined) this.finished.delete(oldest)
  }

  /** Drops strokes that nobody continues; answers whether there were any. */
  expire(now: number): boolean {
    let any = false
    for (const [strokeId, { at }] of this.strokes) {
      if (now - at < GHOST_LIFE_MS) continue
      this.strokes.delete(strokeId)
      any = true
    }
    return any
  }

  private begin(tail: InkTail, userId: string, now: number): StrokeInProgress | null {
    if (this.strokes.size >= MAX_TAILS) return null
    const { strokeId, pageId } = tail
    const stroke = { strokeId, pageId, userId, xs: [], ys: [], since: now, at: now }
    this.strokes.set(strokeId, stroke)
    return stroke
  }

  private isFinished(strokeId: string, now: number): boolean {
    for (const [id, until] of this.finished) {
      if (until > now) break
      this.finished.delete(id)
    }
    return this.finished.has(strokeId)
  }
}

function bridge(stroke: StrokeInProgress, tail: InkTail): void {
  const known = stroke.xs.length
  const missing = tail.start - known
  if (missing <= 0) return
  const toX = tail.xs[0] ?? 0
  const toY = tail.ys[0] ?? 0
  const fromX = stroke.xs[known - 1] ?? toX
  const fromY = stroke.ys[known - 1] ?? toY
  for (let i = 1; i <= missing; i++) {
    const share = i / (missing + 1)
    stroke.xs.push(fromX + (toX - fromX) * share)
    stroke.ys.push(fromY + (toY - fromY) * share)
  }
}
