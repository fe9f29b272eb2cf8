import { describe, expect, it } from 'vitest'
import { recipes } from '../../../shared/raster/recipe.ts'
import { rasterise } from '../../../shared/raster/rasterise.ts'
import { browserIsHere, openBrowser } from '../../support/browser.ts'
import { readRasterPairs } from '../../support/raster-pairs.ts'
import { rasteriseInPage } from '../../support/raster-page.ts'

describe.skipIf(!browserIsHere())('rasterise in a browser', () => {
  it('[RASTER-7] gives the same bits as in Node', async () => {
    const drawings = readRasterPairs().map(({ strokes }) => strokes)
    const browser = await openBrowser()
    try {
      for (const recipe of recipes) {
        const there = await rasteriseInPage(browser, drawings, recipe)
        drawings.forEach((strokes, index) =>
          expect(there[index]).toEqual(new Int32Array(rasterise(strokes, recipe).buffer)),
        )
      }
    } finally {
      await browser.close()
    }
  })
})
