import { recipes } from '../../shared/raster/recipe.ts'
import { rasterise } from '../../shared/raster/rasterise.ts'
import { openBrowser } from '../support/browser.ts'
import { correlation, readRasterPairs, type RasterPair } from '../support/raster-pairs.ts'
import { rasteriseInPage } from '../support/raster-page.ts'
import type { BenchOptions, Figures } from './options.ts'

/** How like Google's bitmaps our rasters are, whether a browser makes the same ones, and how long one takes. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const pairs = readRasterPairs()
  const correlations = pairs.map(({ strokes, bitmap }) =>
    correlation(rasterise(strokes, 'quickdraw'), bitmap),
  )
  return {
    node_browser_max_diff: await browserDifference(pairs),
    quickdraw_correlation_median: median(correlations),
    quickdraw_correlation_least: Math.min(...correlations),
    rasterise_us: microseconds(pairs, quick ? 5 : 50),
    pairs: pairs.length,
  }
}

/** Greatest difference of a pixel (0..1) between Node and Chromium, over both recipes. */
async function browserDifference(pairs: readonly RasterPair[]): Promise<number> {
  const drawings = pairs.map(({ strokes }) => strokes)
  const browser = await openBrowser()
  try {
    let greatest = 0
    for (const recipe of recipes) {
      const inPage = await rasteriseInPage(browser, drawings, recipe)
      drawings.forEach((strokes, index) => {
        const there = new Float32Array(inPage[index]?.buffer ?? new ArrayBuffer(0))
        rasterise(strokes, recipe).forEach((here, pixel) => {
          greatest = Math.max(greatest, Math.abs(here - (there[pixel] ?? Infinity)))
        })
      })
    }
    return greatest
  } finally {
    await browser.close()
  }
}

/** Mean time of one drawing over both recipes, after a warm-up. */
function microseconds(pairs: readonly RasterPair[], rounds: number): number {
  const round = (): void => {
    for (const { strokes } of pairs) for (const recipe of recipes) rasterise(strokes, recipe)
  }
  round()
  const started = performance.now()
  for (let done = 0; done < rounds; done++) round()
  const spent = performance.now() - started
  return Math.round((10_000 * spent) / (rounds * pairs.length * recipes.length)) / 10
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
