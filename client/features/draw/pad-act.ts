import type { PadModel } from './pad-model.ts'
import type { PenPoint } from './pen-point.ts'

const MOST_ERASE_STEPS = 64
/** What is left of a line ends round: half a line's width more is taken, page pixels. */
const ROUND_END = 7

export type ActKind = 'draw' | 'erase' | 'rub' | 'select'

/**
 * What one pointer does to a page from its press to its lift. A pad that shows another page meanwhile ends it: nothing
 * is drawn, or rubbed out, on a page that came under the pointer by itself.
 */
export class PadAct {
  readonly #model: () => PadModel
  #on: PadModel | null = null
  #kind: ActKind | null = null
  /** Where the eraser was last, page pixels: it leaves no gap between two points. */
  #erasedAt: { readonly x: number; readonly y: number } | null = null

  constructor(model: () => PadModel) {
    this.#model = model
  }

  /** What is going on, null for nothing. */
  get kind(): ActKind | null {
    if (this.#on !== null && this.#on !== this.#model()) this.end(true)
    return this.#kind
  }

  /** `reach`: how far from the point things are taken hold of or erased, page pixels. */
  begin(wanted: ActKind, point: PenPoint, reach: number): void {
    const on = this.#model()
    const kind = wanted === 'rub' && !on.edits ? 'erase' : wanted === 'select' && !on.edits ? 'draw' : wanted
    if (kind === 'draw' && !on.beginStroke(point)) return
    this.#on = on
    this.#kind = kind
    if (kind === 'select') on.edits?.selection.begin(point.x, point.y, reach)
    else if (kind !== 'draw') this.#erase(on, point, reach)
  }

  go(points: readonly PenPoint[], reach: number): void {
    const { kind } = this
    const on = this.#on
    const last = points.at(-1)
    if (!on || !last) return
    if (kind === 'draw') on.extendStroke(points)
    else if (kind === 'select') on.edits?.selection.drag(last.x, last.y)
    else for (const point of points) this.#erase(on, point, reach)
  }

  /** Not `meant`: the pointer was taken away. */
  end(meant: boolean): void {
    const on = this.#on
    const kind = this.#kind
    this.#on = null
    this.#kind = null
    this.#erasedAt = null
    if (kind === 'draw' && meant) on?.commitStroke()
    else if (kind === 'draw') on?.cancelStroke()
    else if (kind === 'select') on?.edits?.selection.end(meant)
    else on?.endErase()
  }

  #erase(on: PadModel, { x, y }: PenPoint, reach: number): void {
    const from = this.#erasedAt ?? { x, y }
    const steps = Math.min(MOST_ERASE_STEPS, Math.ceil(Math.hypot(x - from.x, y - from.y) / reach))
    this.#erasedAt = { x, y }
    for (let i = Math.min(1, steps); i <= steps; i++) {
      const along = steps === 0 ? 1 : i / steps
      const at = [from.x + (x - from.x) * along, from.y + (y - from.y) * along] as const
      if (this.#kind === 'rub') on.edits?.rubAt(...at, reach + ROUND_END)
      else on.eraseAt(...at, reach)
    }
  }
}
