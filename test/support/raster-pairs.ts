import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { InkPath } from '../../shared/raster/canonicalise.ts'
import { RASTER_LENGTH } from '../../shared/raster/rasterise.ts'

/** A sketch's strokes and Google's bitmap of them, 784 bytes. */
export interface RasterPair {
  readonly strokes: readonly InkPath[]
  readonly bitmap: Uint8Array
}

const folder = new URL('../fixtures/raster/', import.meta.url)

export function readRasterPairs(): RasterPair[] {
  const bitmaps = gunzipSync(readFileSync(new URL('bitmaps.u8.gz', folder)))
  const lines = readFileSync(new URL('strokes.ndjson', folder), 'utf8').trimEnd().split('\n')
  return lines.map((line, index) => {
    const { strokes } = JSON.parse(line) as { strokes: [number[], number[]][] }
    return {
      strokes: strokes.map(([xs, ys]) => ({ xs, ys })),
      bitmap: bitmaps.subarray(index * RASTER_LENGTH, (index + 1) * RASTER_LENGTH),
    }
  })
}

/** Pearson's correlation of two series of one length. */
export function correlation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const count = first.length
  const meanOf = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / count
  const meanFirst = meanOf(first)
  const meanSecond = meanOf(second)
  let both = 0
  let squareFirst = 0
  let squareSecond = 0
  for (let index = 0; index < count; index++) {
    const offFirst = (first[index] ?? 0) - meanFirst
    const offSecond = (second[index] ?? 0) - meanSecond
    both += offFirst * offSecond
    squareFirst += offFirst * offFirst
    squareSecond += offSecond * offSecond
  }
  return both / Math.sqrt(squareFirst * squareSecond)
}
