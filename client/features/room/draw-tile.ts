import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import type { TileStroke } from '../../net/tile-ink.ts'

/** Line width in page pixels: a tile is small, so it draws bolder than the pad. */
const LINE = 26
const PADDING = 0.03

type Points = Pick<TileStroke, 'xs' | 'ys'>

/** Paths of finished strokes, which never change. */
const paths = new WeakMap<Points, Path2D>()

/** Draws the strokes of a page into a square canvas of `side` device pixels, in the canvas's text colour. */
export function drawTile(
  canvas: HTMLCanvasElement,
  side: number,
  strokes: readonly (Points & { readonly userId?: string | null })[],
): void {
  if (canvas.width !== side || canvas.height !== side) {
    canvas.width = side
    canvas.height = side
  }
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, side, side)
  if (strokes.length === 0) return
  const scale = (side * (1 - 2 * PADDING)) / PAGE_SIZE
  context.setTransform(scale, 0, 0, scale, side * PADDING, side * PADDING)
  context.strokeStyle = getComputedStyle(canvas).color
  context.lineWidth = LINE
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const stroke of strokes) context.stroke(pathOf(stroke))
}

function pathOf(stroke: Points & { readonly userId?: string | null }): Path2D {
  const growing = typeof stroke.userId === 'string'
  const known = growing ? undefined : paths.get(stroke)
  if (known) return known
  const path = smoothPath(stroke)
  if (!growing) paths.set(stroke, path)
  return path
}

/** Through the midpoints of the segments, with the points themselves as handles; one point is a dot. */
function smoothPath({ xs, ys }: Points): Path2D {
  const path = new Path2D()
  const x = (i: number): number => xs[i] ?? 0
  const y = (i: number): number => ys[i] ?? 0
  path.moveTo(x(0), y(0))
  for (let i = 1; i < xs.length - 1; i++) {
    path.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 1)) / 2, (y(i) + y(i + 1)) / 2)
  }
  path.lineTo(x(xs.length - 1), y(xs.length - 1))
  return path
}
