import type { Network } from '../../../server/learning/backend/backend.ts'
import { argmax } from '../../../server/learning/softmax.ts'
import { RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import type { InkPath } from '../../../shared/raster/canonicalise.ts'
import type { Recipe } from '../../../shared/raster/recipe.ts'

/** Rasters that are only guessed, never learned from, with the class of each. */
export interface TestRasters {
  /** 784 values each, 0..1. */
  readonly pixels: Float32Array
  readonly truths: readonly number[]
}

const CHUNK = 100

/** Images of bytes, 784 each, as rasters. */
export function imageRasters(images: Uint8Array, labels: ArrayLike<number>, count: number): TestRasters {
  return {
    pixels: Float32Array.from(images.subarray(0, count * RASTER_LENGTH), (value) => value / 255),
    truths: Array.from({ length: count }, (_, index) => labels[index] ?? 0),
  }
}

/** Drawings as a recipe makes rasters of them. */
export function drawingRasters(
  drawings: readonly { readonly truth: number; readonly strokes: readonly InkPath[] }[],
  recipe: Recipe,
): TestRasters {
  const pixels = new Float32Array(drawings.length * RASTER_LENGTH)
  drawings.forEach(({ strokes }, index) => {
    rasteriseInto(pixels, index * RASTER_LENGTH, strokes, recipe)
  })
  return { pixels, truths: drawings.map(({ truth }) => truth) }
}

/** The column of the greatest logit of each raster, by a network whose weights are set. */
export async function guessRasters(network: Network, { pixels, truths }: TestRasters): Promise<number[]> {
  const { classes } = network.architecture
  const guesses: number[] = []
  for (let from = 0; from < truths.length; from += CHUNK) {
    const size = Math.min(CHUNK, truths.length - from)
    const logits = await network.logits(
      pixels.subarray(from * RASTER_LENGTH, (from + size) * RASTER_LENGTH),
      size,
    )
    for (let row = 0; row < size; row++) guesses.push(argmax(logits, row * classes, classes))
  }
  return guesses
}

/** The share of the drawings of each class that is guessed right, by class; of those that `truths` holds. */
export function recallOf(truths: readonly number[], guesses: readonly number[]): Map<number, number> {
  const counts = new Map<number, { right: number; of: number }>()
  truths.forEach((truth, index) => {
    const count = counts.get(truth) ?? { right: 0, of: 0 }
    count.of++
    if (guesses[index] === truth) count.right++
    counts.set(truth, count)
  })
  return new Map([...counts].map(([truth, { right, of }]) => [truth, right / of]))
}

/** The share of all that is guessed right, 0..1; 0 of none. */
export function shareRight(truths: readonly number[], guesses: readonly number[]): number {
  const right = truths.filter((truth, index) => guesses[index] === truth).length
  return truths.length > 0 ? right / truths.length : 0
}
