import { build } from 'vite'
import type { Browser } from 'playwright-core'
import type { InkPath } from '../../shared/raster/canonicalise.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'

const entry = new URL('../../shared/raster/rasterise.ts', import.meta.url).pathname

/** `shared/raster` as one script that sets a global `raster`, bundled as the client is, in memory. */
async function bundledRaster(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, formats: ['iife'], name: 'raster', fileName: 'raster' } },
  })
  const outputs = Array.isArray(built) ? built : [built]
  for (const output of outputs)
    if ('output' in output)
      for (const chunk of output.output)
        if (chunk.type === 'chunk') return `${chunk.code}; globalThis.raster = raster`
  throw new Error('the raster did not bundle')
}

/**
 * Rasterises drawings in a browser's page; answers the bits of every pixel (32-bit float) of each drawing, so that
 * nothing is lost on the way.
 */
export async function rasteriseInPage(
  browser: Browser,
  drawings: readonly (readonly InkPath[])[],
  recipe: Recipe,
): Promise<Int32Array[]> {
  const page = await browser.newPage()
  try {
    await page.addScriptTag({ content: await bundledRaster() })
    const plain = drawings.map((strokes) =>
      strokes.map(({ xs, ys }) => ({ xs: Array.from(xs), ys: Array.from(ys) })),
    )
    const bits = await page.evaluate(
      ([given, wanted]) => {
        interface Raster {
          rasterise(strokes: unknown, recipe: string): Float32Array
        }
        const { raster } = globalThis as typeof globalThis & { raster: Raster }
        return given.map((strokes) => Array.from(new Int32Array(raster.rasterise(strokes, wanted).buffer)))
      },
      [plain, recipe] as const,
    )
    return bits.map((drawing) => Int32Array.from(drawing))
  } finally {
    await page.close()
  }
}
