import type { Template } from '../../shared/protocol/entities.ts'
import { measures, placeBox, type Placement } from '../../shared/raster/canonicalise.ts'
import { centreOfMass, drawInk } from '../../shared/raster/coverage.ts'
import { RASTER_LENGTH, RASTER_VERSION, toBytes } from '../../shared/raster/rasterise.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import type { StrokePath } from '../learning/service.ts'
import { inSlices } from '../ops/slices.ts'
import type { DrawingRaster } from '../storage/records.ts'

/** Points drawn in one step. */
const STEP_POINTS = 4_000

/** How the drawings of a project become pixels. */
export function recipeOf(template: Template): Recipe {
  return template === 'digits' ? 'mnist' : 'quickdraw'
}

/** A drawing as the network sees it, to be stored with its strokes; drawn in steps that are short whatever it holds. */
export async function rasterOf(strokes: readonly StrokePath[], recipe: Recipe): Promise<DrawingRaster> {
  const pixels = await inSlices(drawSteps(strokes, recipe))
  return { recipe, version: RASTER_VERSION, pixels: toBytes(pixels) }
}

/** The same pixels as `rasterise`, which takes the nearest ink of all strokes just as the darkest of each does. */
export function* drawSteps(strokes: readonly StrokePath[], recipe: Recipe): Generator<void, Float32Array> {
  const placed = placeBox(strokes, recipe, 1)
  if (!placed) return new Float32Array(RASTER_LENGTH)
  const { massAt, penWidth } = measures[recipe]
  if (massAt === null) return yield* darkest(strokes, placed, penWidth)
  const centre = centreOfMass(yield* darkest(strokes, placed, penWidth), 0)
  const offsetX = placed.offsetX + (massAt - centre.x)
  const offsetY = placed.offsetY + (massAt - centre.y)
  return yield* darkest(strokes, { scale: placed.scale, offsetX, offsetY }, penWidth)
}

function* darkest(
  strokes: readonly StrokePath[],
  placement: Placement,
  penWidth: number,
): Generator<void, Float32Array> {
  const pixels = new Float32Array(RASTER_LENGTH)
  const some = new Float32Array(RASTER_LENGTH)
  for (const group of groupsOf(strokes)) {
    drawInk(group, placement, penWidth, some, 0)
    for (let index = 0; index < RASTER_LENGTH; index++)
      pixels[index] = Math.max(pixels[index] ?? 0, some[index] ?? 0)
    yield
  }
  return pixels
}

function* groupsOf(strokes: readonly StrokePath[]): Generator<StrokePath[]> {
  let group: StrokePath[] = []
  let points = 0
  for (const stroke of strokes) {
    if (group.length > 0 && points + stroke.xs.length > STEP_POINTS) {
      yield group
      group = []
      points = 0
    }
    group.push(stroke)
    points += stroke.xs.length
  }
  if (group.length > 0) yield group
}
