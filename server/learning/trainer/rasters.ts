import { rasterise, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import type { Recipe } from '../../../shared/raster/recipe.ts'
import { PIXELS } from '../../../shared/training/architecture.ts'
import type { LabelledDrawing } from '../replay.ts'

/** Of drawings kept aside, which are measured on again and again; at most 400 a project. */
const kept = new WeakMap<LabelledDrawing, { readonly recipe: Recipe; readonly raster: Float32Array }>()

/** Drawings as they are, 784 values each. */
export function rastersOf(drawings: readonly LabelledDrawing[], recipe: Recipe): Float32Array {
  const pixels = new Float32Array(drawings.length * PIXELS)
  drawings.forEach((drawing, index) => {
    if (drawing.split === 'train') rasteriseInto(pixels, index * PIXELS, drawing.strokes, recipe)
    else pixels.set(keptRaster(drawing, recipe), index * PIXELS)
  })
  return pixels
}

function keptRaster(drawing: LabelledDrawing, recipe: Recipe): Float32Array {
  const known = kept.get(drawing)
  if (known?.recipe === recipe) return known.raster
  const raster = rasterise(drawing.strokes, recipe)
  kept.set(drawing, { recipe, raster })
  return raster
}
