import type { IdentifiedStroke, Stroke } from '../../../shared/canvas/stroke.ts'

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const boxes = new WeakMap<Stroke, Box>()

/** Ids of the strokes whose middle line comes within `radius` of a point; all in page pixels. */
export function strokesWithin(
  strokes: readonly IdentifiedStroke[],
  x: number,
  y: number,
  radius: number,
): string[] {
  return strokes.filter(({ stroke }) => isWithin(stroke, x, y, radius)).map(({ id }) => id)
}

function isWithin(stroke: Stroke, x: number, y: number, radius: number): boolean {
  const box = boxOf(stroke)
  if (x < box.left - radius || x > box.right + radius || y < box.top - radius || y > box.bottom + radius) {
    return false
  }
  const { xs, ys } = stroke
  for (let i = 0; i < xs.length; i++) {
    const ax = xs[Math.max(0, i - 1)] ?? 0
    const ay = ys[Math.max(0, i - 1)] ?? 0
    if (squaredDistance(x, y, ax, ay, xs[i] ?? 0, ys[i] ?? 0) <= radius * radius) return true
  }
  return false
}

function squaredDistance(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax
  const dy = by - ay
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length))
  return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2
}

function boxOf(stroke: Stroke): Box {
  let box = boxes.get(stroke)
  if (!box) {
    box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
    for (let i = 0; i < stroke.xs.length; i++) {
      const x = stroke.xs[i] ?? 0
      const y = stroke.ys[i] ?? 0
      box = {
        left: Math.min(box.left, x),
        top: Math.min(box.top, y),
        right: Math.max(box.right, x),
        bottom: Math.max(box.bottom, y),
      }
    }
    boxes.set(stroke, box)
  }
  return box
}
