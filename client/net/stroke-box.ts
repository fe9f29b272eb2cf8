import type { Stroke } from '../../shared/canvas/stroke.ts'

/** The least upright box around something, page pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const boxes = new WeakMap<Stroke, Box>()

/** The box around a stroke's middle line, worked out once. */
export function boxOf(stroke: Stroke): Box {
  let box = boxes.get(stroke)
  if (!box) {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
    for (let i = 0; i < stroke.xs.length; i++) {
      const x = stroke.xs[i] ?? 0
      const y = stroke.ys[i] ?? 0
      left = Math.min(left, x)
      top = Math.min(top, y)
      right = Math.max(right, x)
      bottom = Math.max(bottom, y)
    }
    box = { left, top, right, bottom }
    boxes.set(stroke, box)
  }
  return box
}

export function reaches(box: Box, x: number, y: number, radius: number): boolean {
  return (
    x >= box.left - radius && x <= box.right + radius && y >= box.top - radius && y <= box.bottom + radius
  )
}
