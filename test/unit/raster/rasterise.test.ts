import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { centreOfMass } from '../../../shared/raster/coverage.ts'
import type { InkPath } from '../../../shared/raster/canonicalise.ts'
import { recipes } from '../../../shared/raster/recipe.ts'
import { RASTER_LENGTH, rasterise, rasteriseInto, toBytes } from '../../../shared/raster/rasterise.ts'
import { correlation, readRasterPairs } from '../../support/raster-pairs.ts'

const stroke = (...points: [number, number][]): InkPath => ({
  xs: points.map(([x]) => x),
  ys: points.map(([, y]) => y),
})

describe('rasterise', () => {
  it('[RASTER-1] correlates with the median of Google’s bitmaps at 0.98 or better', () => {
    const values = readRasterPairs()
      .map(({ strokes, bitmap }) => correlation(rasterise(strokes, 'quickdraw'), bitmap))
      .sort((a, b) => a - b)
    expect(values).toHaveLength(160)
    expect(values[80]).toBeGreaterThanOrEqual(0.98)
  })

  it('[RASTER-2] gives the same picture whatever the size and place of the drawing', () => {
    for (const recipe of recipes)
      for (const { strokes } of readRasterPairs().slice(0, 20)) {
        const moved = strokes.map(({ xs, ys }) => ({
          xs: Array.from(xs, (x) => 512 + 4 * x),
          ys: Array.from(ys, (y) => 4 * y - 96),
        }))
        const first = rasterise(strokes, recipe)
        rasterise(moved, recipe).forEach((value, index) => expect(value).toBeCloseTo(first[index] ?? 0, 5))
      }
  })

  it('[RASTER-3] puts the centre of mass of a digit in the middle of pixel 14, as MNIST does', () => {
    const seven = [stroke([10, 10], [60, 10], [30, 90])]
    const { x, y } = centreOfMass(rasterise(seven, 'mnist'), 0)
    expect(x).toBeCloseTo(14.5, 1)
    expect(y).toBeCloseTo(14.5, 1)
  })

  it('[RASTER-3] makes a sketch’s longer side 256 of 304 units, centred by its box', () => {
    const pixels = rasterise([stroke([0, 0], [300, 0])], 'quickdraw')
    const columns = Array.from({ length: 28 }, (_, column) => column).filter((column) =>
      Array.from({ length: 28 }, (_, row) => pixels[row * 28 + column] ?? 0).some((value) => value > 0),
    )
    expect(columns.at(0)).toBe(1)
    expect(columns.at(-1)).toBe(26)
  })

  it('[RASTER-4] draws nothing for no point, a dot for one, and the same dot for coincident points', () => {
    for (const recipe of recipes) {
      expect(rasterise([], recipe).every((value) => value === 0)).toBe(true)
      expect(rasterise([stroke()], recipe).every((value) => value === 0)).toBe(true)
      const dot = rasterise([stroke([7, 9])], recipe)
      expect(Math.max(...dot)).toBeGreaterThan(0.5)
      expect(dot.filter((value) => value > 0).length).toBeLessThanOrEqual(16)
      expect(rasterise([stroke([7, 9], [7, 9], [7, 9])], recipe)).toEqual(dot)
    }
  })

  it('[RASTER-4] takes huge and tiny drawings', () => {
    const corner: [number, number][] = [
      [0, 0],
      [1, 2],
      [2, 0],
    ]
    for (const recipe of recipes) {
      const plain = rasterise([stroke(...corner)], recipe)
      for (const size of [2 ** -40, 2 ** 40]) {
        const points = corner.map(([x, y]): [number, number] => [x * size, y * size])
        expect(rasterise([stroke(...points)], recipe)).toEqual(plain)
      }
    }
  })

  it('[RASTER-5] answers values from 0 to 1 for any strokes, and writes nothing beyond its place', () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 8192 }), fc.integer({ min: 0, max: 8192 }))
    fc.assert(
      fc.property(
        fc.array(fc.array(point, { maxLength: 12 }), { maxLength: 5 }),
        fc.constantFrom(...recipes),
        (drawing, recipe) => {
          const into = new Float32Array(RASTER_LENGTH + 2).fill(-1)
          rasteriseInto(
            into,
            1,
            drawing.map((points) => stroke(...points)),
            recipe,
          )
          expect(into[0]).toBe(-1)
          expect(into.at(-1)).toBe(-1)
          expect(into.subarray(1, -1).every((value) => value >= 0 && value <= 1)).toBe(true)
        },
      ),
      { seed: 7, numRuns: 200 },
    )
  })

  it('[RASTER-6] keeps the very bytes that models were trained on', () => {
    const sums = recipes.map((recipe) => {
      let hash = 0x811c9dc5
      for (const { strokes } of readRasterPairs())
        for (const byte of toBytes(rasterise(strokes, recipe))) hash = Math.imul(hash ^ byte, 0x01000193)
      return [recipe, hash >>> 0]
    })
    expect(Object.fromEntries(sums)).toMatchInlineSnapshot(`
      {
        "mnist": 1515687538,
        "quickdraw": 1923146490,
      }
    `)
  })
})

describe('toBytes', () => {
  it('rounds to the nearest of 256 levels', () => {
    expect([...toBytes([0, 0.001, 0.002, 0.5, 1])]).toEqual([0, 0, 1, 128, 255])
  })
})
