import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawSteps, rasterOf } from '../../../server/dataset/raster.ts'
import { rasterise, RASTER_VERSION, toBytes } from '../../../shared/raster/rasterise.ts'
import { recipes } from '../../../shared/raster/recipe.ts'

const coordinate = fc.double({ min: -1_000, max: 2_000, noNaN: true })
const stroke = fc
  .array(fc.tuple(coordinate, coordinate), { maxLength: 40 })
  .map((points) => ({ xs: points.map(([x]) => x), ys: points.map(([, y]) => y) }))

describe('the raster of a drawing', () => {
  it('[RASTER-STORED-1] is drawn in steps, to the same bytes as all at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stroke, { maxLength: 6 }),
        fc.constantFrom(...recipes),
        async (strokes, recipe) => {
          const raster = await rasterOf(strokes, recipe)
          expect(raster).toEqual({
            recipe,
            version: RASTER_VERSION,
            pixels: toBytes(rasterise(strokes, recipe)),
          })
        },
      ),
      { seed: 5, numRuns: 60 },
    )
  })

  it('[RASTER-STORED-1] a full page takes many steps', () => {
    const strokes = Array.from({ length: 100 }, (_, s) => ({
      xs: Array.from({ length: 1_000 }, (_, i) => 500 + 400 * Math.sin(s + i / 9)),
      ys: Array.from({ length: 1_000 }, (_, i) => 500 + 400 * Math.cos(s * 3 + i / 7)),
    }))
    const work = drawSteps(strokes, 'mnist')
    let steps = 0
    for (let next = work.next(); ; next = work.next(), steps++) {
      if (next.done !== true) continue
      expect(next.value).toEqual(rasterise(strokes, 'mnist'))
      break
    }
    expect(steps).toBe(50)
  })
})
