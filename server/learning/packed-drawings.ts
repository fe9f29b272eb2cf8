import type { StrokePath } from './service.ts'

/** The points of several drawings in four arrays, whose buffers can move between threads. */
export interface PackedDrawings {
  readonly xs: Float32Array<ArrayBuffer>
  readonly ys: Float32Array<ArrayBuffer>
  /** End of each stroke, as an index into the points. */
  readonly strokeEnds: Uint32Array<ArrayBuffer>
  /** End of each drawing, as an index into the strokes. */
  readonly drawingEnds: Uint32Array<ArrayBuffer>
}

/** Packs drawings, each a list of strokes, in their order. */
export function packDrawings(drawings: readonly (readonly StrokePath[])[]): PackedDrawings {
  let strokes = 0
  let points = 0
  for (const drawing of drawings)
    for (const { xs } of drawing) {
      strokes++
      points += xs.length
    }
  const packed: PackedDrawings = {
    xs: new Float32Array(points),
    ys: new Float32Array(points),
    strokeEnds: new Uint32Array(strokes),
    drawingEnds: new Uint32Array(drawings.length),
  }
  let stroke = 0
  let point = 0
  drawings.forEach((drawing, index) => {
    for (const { xs, ys } of drawing) {
      packed.xs.set(xs, point)
      for (let at = 0; at < xs.length; at++) packed.ys[point + at] = ys[at] ?? 0
      point += xs.length
      packed.strokeEnds[stroke++] = point
    }
    packed.drawingEnds[index] = stroke
  })
  return packed
}

/** The strokes of each drawing; copies, so that a drawing kept does not keep the others. */
export function unpackDrawings(packed: PackedDrawings): StrokePath[][] {
  const drawings: StrokePath[][] = []
  let stroke = 0
  let point = 0
  for (const drawingEnd of packed.drawingEnds) {
    const strokes: StrokePath[] = []
    for (; stroke < drawingEnd; stroke++) {
      const end = packed.strokeEnds[stroke] ?? point
      strokes.push({ xs: packed.xs.slice(point, end), ys: packed.ys.slice(point, end) })
      point = end
    }
    drawings.push(strokes)
  }
  return drawings
}

/** The buffers of packed drawings, for moving them. */
export function buffersOf(packed: PackedDrawings): ArrayBuffer[] {
  return [packed.xs.buffer, packed.ys.buffer, packed.strokeEnds.buffer, packed.drawingEnds.buffer]
}
