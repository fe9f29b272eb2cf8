import type { Recipe } from './recipe.ts'

/** Pixels a side of a raster. */
export const SIDE = 28

/** A stroke's points in the order they were drawn, y downwards, any unit, finite. */
export interface InkPath {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
}

/** Where a drawing lies on the raster: pixel = offset + scale * point, pixel i covering i..i+1. */
export interface Placement {
  readonly scale: number
  readonly offsetX: number
  readonly offsetY: number
}

/** A recipe's lengths in pixels. */
interface Measures {
  /** Longer side of the box around the points. */
  readonly longerSide: number
  readonly penWidth: number
  /** Where the centre of mass goes, on both axes; null: the middle of the points' box goes to the raster's. */
  readonly massAt: number | null
}

const UNITS = 304
const PEN_MNIST = 2.3

/**
 * Quick, Draw! (Google's bitmaps): 256 of 304 units, pen 16. MNIST: the ink, pen and all, is 20 pixels long, and its
 * centre of mass lies in the middle of pixel 14, as in the data set's own images; unlike there it is not rounded to
 * whole pixels, which would make a growing drawing jump.
 */
export const measures: Record<Recipe, Measures> = {
  quickdraw: { longerSide: (256 * SIDE) / UNITS, penWidth: (16 * SIDE) / UNITS, massAt: null },
  mnist: { longerSide: 20 - PEN_MNIST, penWidth: PEN_MNIST, massAt: 14.5 },
}

/**
 * Scales the points' box to the recipe's longer side and puts its middle at the raster's; null where there is no
 * point. Drawings without extent keep scale 0: a dot in the middle. `zoom` is a factor on the size.
 */
export function placeBox(strokes: readonly InkPath[], recipe: Recipe, zoom: number): Placement | null {
  let left = Infinity
  let right = -Infinity
  let top = Infinity
  let bottom = -Infinity
  for (const { xs, ys } of strokes)
    for (let index = 0; index < xs.length; index++) {
      const x = xs[index] ?? 0
      const y = ys[index] ?? 0
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      if (y > bottom) bottom = y
    }
  if (left > right) return null
  const side = Math.max(right - left, bottom - top)
  const scale = side > 0 ? (measures[recipe].longerSide * zoom) / side : 0
  return {
    scale,
    offsetX: SIDE / 2 - (scale * (left + right)) / 2,
    offsetY: SIDE / 2 - (scale * (top + bottom)) / 2,
  }
}
