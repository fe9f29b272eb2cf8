import type { InkLook } from './ink-look.ts'
import type { GhostStroke, PadPerson } from './pad-model.ts'
import type { PadStroke } from './pad-stroke.ts'
import type { StrokeBuilder } from './stroke-builder.ts'
import { TracedInk, type InkLine } from './traced-ink.ts'
import { canvasMatrix, type ViewTransform } from './view-transform.ts'

export interface LiveInk {
  /** Finished strokes that are being dragged, and how far, page pixels. */
  readonly lifted: readonly PadStroke[]
  readonly offset: { readonly dx: number; readonly dy: number } | null
  readonly strokes: readonly PadStroke[]
  readonly ghosts: ReadonlyMap<string, GhostStroke>
  readonly people: ReadonlyMap<string, PadPerson>
  readonly live: StrokeBuilder | null
  /** Where the pen will probably be next, page pixels. */
  readonly predicted: readonly { readonly x: number; readonly y: number }[]
  /** `performance.now()` */
  readonly now: number
}

/** Draws a pad: finished ink on one canvas, redrawn only where it changed; everything that moves on another. */
export class InkPainter {
  readonly #dry: CanvasRenderingContext2D
  readonly #wet: CanvasRenderingContext2D
  readonly #traces = new WeakMap<object, TracedInk>()
  #drawn: readonly PadStroke[] = []
  #drawnKey = ''

  constructor(dry: CanvasRenderingContext2D, wet: CanvasRenderingContext2D) {
    this.#dry = dry
    this.#wet = wet
  }

  /** Sets the backing stores' size in device pixels; both canvases are blank afterwards. */
  resize(width: number, height: number): void {
    for (const { canvas } of [this.#dry, this.#wet]) {
      canvas.width = width
      canvas.height = height
    }
    this.#drawnKey = ''
  }

  /** Draws the finished strokes; where only some were added behind the others, those alone. */
  paintDry(strokes: readonly PadStroke[], view: ViewTransform, look: InkLook): void {
    const key = `${String(view.zoom)} ${String(view.x)} ${String(view.y)} ${look.ink} ${String(look.width)}`
    const drawn = this.#drawn
    const grown = key === this.#drawnKey && drawn.every((stroke, i) => stroke === strokes[i])
    if (grown && drawn.length === strokes.length) return
    this.#prepare(this.#dry, view, grown)
    this.#dry.strokeStyle = look.ink
    for (const stroke of grown ? strokes.slice(drawn.length) : strokes) {
      this.#draw(this.#dry, stroke.stroke, lineOf(stroke), look)
    }
    this.#drawn = strokes
    this.#drawnKey = key
  }

  /** Draws others' ink in their colours and my stroke in progress; answers whether something is still drying. */
  paintWet(ink: LiveInk, view: ViewTransform, look: InkLook): boolean {
    const context = this.#wet
    this.#prepare(context, view, false)
    const penOf = (userId: string | null): string | null => {
      const pen = userId === null ? undefined : ink.people.get(userId)?.pen
      return pen === undefined ? null : (look.pens[(pen - 1) % look.pens.length] ?? null)
    }
    let drying = false
    for (const stroke of ink.strokes) {
      const color = stroke.committedAt === null ? null : penOf(stroke.userId)
      const left = stroke.committedAt === null ? 0 : 1 - (ink.now - stroke.committedAt) / look.dryMs
      if (color === null || !(left > 0) || look.dryMs === 0) continue
      drying = true
      context.globalAlpha = Math.min(1, left)
      context.strokeStyle = color
      this.#draw(context, stroke.stroke, lineOf(stroke), look)
    }
    context.globalAlpha = 1
    for (const ghost of ink.ghosts.values()) {
      context.strokeStyle = (look.dryMs > 0 ? penOf(ghost.userId) : null) ?? look.ink
      this.#draw(context, ghost.xs, { ...ghost, count: ghost.xs.length, pressures: null }, look)
    }
    if (ink.offset) {
      context.strokeStyle = look.ink
      context.translate(ink.offset.dx, ink.offset.dy)
      for (const stroke of ink.lifted) this.#draw(context, stroke.stroke, lineOf(stroke), look)
      context.translate(-ink.offset.dx, -ink.offset.dy)
    }
    if (ink.live) {
      context.strokeStyle = look.ink
      this.#draw(context, ink.live, ink.live, look)
      this.#drawAhead(ink.live, ink.predicted, look)
    }
    return drying
  }

  #draw(context: CanvasRenderingContext2D, key: object, line: InkLine, look: InkLook): void {
    let trace = this.#traces.get(key)
    if (!trace) {
      trace = new TracedInk()
      this.#traces.set(key, trace)
    }
    trace.draw(context, line, look.width)
  }

  /** From the last kept point through the newest one, which thinning may have left out, to where the pen goes next. */
  #drawAhead(live: StrokeBuilder, predicted: LiveInk['predicted'], look: InkLook): void {
    const context = this.#wet
    const end = live.count - 1
    context.lineWidth = look.width
    context.beginPath()
    context.moveTo(live.xs[end] ?? 0, live.ys[end] ?? 0)
    context.lineTo(live.last.x, live.last.y)
    for (const { x, y } of predicted) context.lineTo(x, y)
    context.stroke()
  }

  #prepare(context: CanvasRenderingContext2D, view: ViewTransform, keep: boolean): void {
    const { width, height } = context.canvas
    context.setTransform(1, 0, 0, 1, 0, 0)
    if (!keep) context.clearRect(0, 0, width, height)
    context.setTransform(...canvasMatrix(view, width, height))
    context.lineCap = 'round'
    context.lineJoin = 'round'
  }
}

function lineOf({ stroke }: PadStroke): InkLine {
  return { count: stroke.xs.length, xs: stroke.xs, ys: stroke.ys, pressures: stroke.pressures }
}
