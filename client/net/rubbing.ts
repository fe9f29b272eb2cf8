import { mergeCuts, type Cut } from '../../shared/canvas/amend.ts'
import { toPieces, type AmendedStroke, type Piece } from '../../shared/canvas/pieces.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { boxOf, reaches } from './stroke-box.ts'

/** Cuts that one sweep of the eraser may leave in a stroke; beyond them, what is left between two goes too. */
export const MAX_CUTS_PER_SWEEP = 24

/** What one sweep of the eraser has rubbed out so far, before any of it is written. */
export class Rubbing {
  readonly #cuts = new Map<string, readonly Cut[]>()
  readonly #shown = new WeakMap<AmendedStroke, { cuts: readonly Cut[]; pieces: readonly Piece[] }>()

  get empty(): boolean {
    return this.#cuts.size === 0
  }

  /** Rubs out what lies within `radius` page pixels of a point; answers whether that changed what shows. */
  rub(strokes: readonly AmendedStroke[], x: number, y: number, radius: number): boolean {
    let changed = false
    for (const stroke of strokes) {
      if (!reaches(boxOf(stroke.whole), x, y, radius)) continue
      const before = mergeCuts([...stroke.cuts, ...this.cutsOf(stroke.strokeId)])
      const fresh = cutsWithin(stroke.whole, x, y, radius).filter((cut) => !covers(before, cut))
      if (fresh.length === 0) continue
      this.#cuts.set(
        stroke.strokeId,
        fewCuts([...this.cutsOf(stroke.strokeId), ...fresh], MAX_CUTS_PER_SWEEP),
      )
      changed = true
    }
    return changed
  }

  cutsOf(strokeId: string): readonly Cut[] {
    return this.#cuts.get(strokeId) ?? []
  }

  /** What still shows of a stroke; the same objects while nothing more is rubbed out of it. */
  pieces(stroke: AmendedStroke): readonly Piece[] {
    const cuts = this.#cuts.get(stroke.strokeId)
    if (!cuts) return stroke.pieces
    let shown = this.#shown.get(stroke)
    if (shown?.cuts !== cuts) {
      shown = { cuts, pieces: toPieces(stroke.strokeId, stroke.whole, [...stroke.cuts, ...cuts]) }
      this.#shown.set(stroke, shown)
    }
    return shown.pieces
  }

  clear(): void {
    this.#cuts.clear()
  }
}

/** The parts of a stroke within `radius` of a point, in positions along its points. */
export function cutsWithin({ xs, ys }: Stroke, x: number, y: number, radius: number): Cut[] {
  if (xs.length === 1) {
    return Math.hypot((xs[0] ?? 0) - x, (ys[0] ?? 0) - y) <= radius ? [{ from: 0, to: 0 }] : []
  }
  const cuts: Cut[] = []
  for (let i = 1; i < xs.length; i++) {
    const ax = (xs[i - 1] ?? 0) - x
    const ay = (ys[i - 1] ?? 0) - y
    const dx = (xs[i] ?? 0) - x - ax
    const dy = (ys[i] ?? 0) - y - ay
    const span = withinCircle(ax, ay, dx, dy, radius)
    if (span) cuts.push({ from: i - 1 + span.from, to: i - 1 + span.to })
  }
  return mergeCuts(cuts)
}

/** Joins cuts that overlap, then those nearest to each other until there are few enough. */
export function fewCuts(cuts: readonly Cut[], most: number): Cut[] {
  const few = mergeCuts(cuts)
  while (few.length > most) {
    let nearest = 1
    const gap = (i: number): number => (few[i]?.from ?? Infinity) - (few[i - 1]?.to ?? 0)
    for (let i = 2; i < few.length; i++) if (gap(i) < gap(nearest)) nearest = i
    const [before, after] = few.slice(nearest - 1, nearest + 1)
    if (!before || !after) break
    few.splice(nearest - 1, 2, { from: before.from, to: after.to })
  }
  return few
}

/** Shares of the way from a point along (`dx`, `dy`) between which it is within `radius` of the origin. */
function withinCircle(ax: number, ay: number, dx: number, dy: number, radius: number): Cut | null {
  const a = dx * dx + dy * dy
  const b = ax * dx + ay * dy
  const c = ax * ax + ay * ay - radius * radius
  if (a === 0) return c <= 0 ? { from: 0, to: 1 } : null
  const root = b * b - a * c
  if (root < 0) return null
  const from = Math.max(0, (-b - Math.sqrt(root)) / a)
  const to = Math.min(1, (-b + Math.sqrt(root)) / a)
  return from < to ? { from, to } : null
}

/** `among` is merged. The steps in which cuts are stored are a tolerance. */
function covers(among: readonly Cut[], { from, to }: Cut): boolean {
  return among.some((cut) => cut.from <= from + 1 / 32 && cut.to >= to - 1 / 32)
}
