import { measures, placeBox, SIDE, type InkPath } from './canonicalise.ts'
import { centreOfMass, drawInk } from './coverage.ts'
import type { Recipe } from './recipe.ts'

/** Changes whenever the same strokes give other pixels; stored with every model. */
export const RASTER_VERSION = 1
/** Values of one raster. */
export const RASTER_LENGTH = SIDE * SIDE

/** Departures from the recipe, for variations of a drawing. */
export interface RasterOptions {
  /** Pen width in pixels. */
  readonly penWidth?: number
  /** Factor on the drawing's size. */
  readonly zoom?: number
  /** Shift of the finished drawing, pixels. */
  readonly shiftX?: number
  readonly shiftY?: number
}

/** A recipe's pen width, pixels. */
export function penWidthOf(recipe: Recipe): number {
  return measures[recipe].penWidth
}

/**
 * Strokes as 28x28 pixels, row-major, 0 (paper) to 1 (ink); all 0 where there is no point. Size and place of the
 * strokes do not matter. The same strokes give the same bytes in every JavaScript engine.
 */
export function rasterise(
  strokes: readonly InkPath[],
  recipe: Recipe,
  options: RasterOptions = {},
): Float32Array<ArrayBuffer> {
  const pixels = new Float32Array(RASTER_LENGTH)
  rasteriseInto(pixels, 0, strokes, recipe, options)
  return pixels
}

/** As `rasterise`, into 784 values of `pixels` from index `at`. */
export function rasteriseInto(
  pixels: Float32Array,
  at: number,
  strokes: readonly InkPath[],
  recipe: Recipe,
  options: RasterOptions = {},
): void {
  const { penWidth = measures[recipe].penWidth, zoom = 1, shiftX = 0, shiftY = 0 } = options
  const placed = placeBox(strokes, recipe, zoom)
  if (placed === null) {
    pixels.fill(0, at, at + RASTER_LENGTH)
    return
  }
  let { offsetX, offsetY } = placed
  const { massAt } = measures[recipe]
  if (massAt !== null) {
    drawInk(strokes, placed, penWidth, pixels, at)
    const centre = centreOfMass(pixels, at)
    offsetX += massAt - centre.x
    offsetY += massAt - centre.y
  }
  drawInk(
    strokes,
    { scale: placed.scale, offsetX: offsetX + shiftX, offsetY: offsetY + shiftY },
    penWidth,
    pixels,
    at,
  )
}

/** Pixels as bytes, 0 (paper) to 255 (ink), rounded to nearest. */
export function toBytes(pixels: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pixels.length)
  for (let index = 0; index < pixels.length; index++)
    bytes[index] = Math.floor((pixels[index] ?? 0) * 255 + 0.5)
  return bytes
}
