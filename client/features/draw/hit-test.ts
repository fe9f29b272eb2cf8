import type { IdentifiedStroke, Stroke } from '../../../shared/canvas/stroke.ts'
import { boxOf, reaches } from '../../net/stroke-box.ts'

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
  if (!reaches(boxOf(stroke), x, y, radius)) return false
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
