import { inkPath } from '../../ui/ink-path.ts'
import { inkRuns } from './ink-runs.ts'

interface Trace {
  readonly path: Path2D
  readonly width: number
}

export interface InkLine {
  /** Points to draw; the arrays may be longer. */
  readonly count: number
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
  readonly pressures: ArrayLike<number> | null
}

/** A stroke as canvas paths in page pixels, traced again only from where it has grown. */
export class TracedInk {
  #done: Trace[] = []
  #from = 0
  #last: Trace | null = null
  #count = 0

  /** Strokes the line with the context's colour, `width` page pixels wide at middle pressure. */
  draw(context: CanvasRenderingContext2D, line: InkLine, width: number): void {
    if (line.count < this.#count) this.#done = []
    if (line.count !== this.#count) this.#trace(line)
    for (const trace of this.#done) stroke(context, trace, width)
    if (this.#last) stroke(context, this.#last, width)
  }

  #trace(line: InkLine): void {
    if (this.#done.length === 0) this.#from = 0
    const runs = inkRuns(line.count, line.pressures, this.#from)
    const last = runs.pop()
    for (const run of runs) this.#done.push({ path: pathOf(line, run.from, run.to), width: run.width })
    this.#from = last?.from ?? this.#from
    this.#last = last ? { path: pathOf(line, last.from, last.to), width: last.width } : null
    this.#count = line.count
  }
}

function stroke(context: CanvasRenderingContext2D, trace: Trace, width: number): void {
  context.lineWidth = width * trace.width
  context.stroke(trace.path)
}

/** A single point becomes a tiny line: a canvas draws no caps on one without length. */
function pathOf(line: InkLine, from: number, to: number): Path2D {
  const count = to - from + 1
  const xs = Array.from({ length: count }, (_, i) => line.xs[from + i] ?? 0)
  const ys = Array.from({ length: count }, (_, i) => line.ys[from + i] ?? 0)
  if (xs.length === 1) {
    xs.push((xs[0] ?? 0) + 0.01)
    ys.push(ys[0] ?? 0)
  }
  return new Path2D(inkPath({ xs, ys }))
}
