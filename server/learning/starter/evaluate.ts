import { RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import type { Network } from '../backend/backend.ts'
import { randomFor } from '../model/random.ts'
import { DIGIT_CLASSES } from './batches.ts'
import { isKeptOut, type Digits } from './digits-data.ts'
import type { Stroke } from './smooth.ts'

/** Shares of right guesses. */
export interface StarterFigures {
  /** On MNIST's test images as they are. */
  readonly mnistTest: number
  /** On the kept-out training digits as strokes, drawn at random sizes and places; null without strokes. */
  readonly strokes: number | null
  /** On the images of the same lines. */
  readonly images: number
}

/** Logits with the labels they should have given. */
export interface Scored {
  readonly logits: Float32Array
  readonly labels: Uint8Array
}

const BATCH = 100

/** Logits of the digits at `indices` as images, or, with `seed`, as strokes drawn anew. */
export async function scoreDigits(
  network: Network,
  digits: Digits,
  indices: readonly number[],
  drawnFrom: number | null,
): Promise<Scored> {
  const logits = new Float32Array(indices.length * DIGIT_CLASSES)
  const pixels = new Float32Array(BATCH * RASTER_LENGTH)
  for (let start = 0; start < indices.length; start += BATCH) {
    const part = indices.slice(start, start + BATCH)
    part.forEach((index, place) => {
      const at = place * RASTER_LENGTH
      const strokes = digits.strokes?.[index]
      if (drawnFrom !== null && strokes !== undefined)
        rasteriseInto(pixels, at, drawSomewhere(strokes, index, drawnFrom), 'mnist')
      else
        for (let pixel = 0; pixel < RASTER_LENGTH; pixel++)
          pixels[at + pixel] = (digits.images[index * RASTER_LENGTH + pixel] ?? 0) / 255
    })
    logits.set(await network.logits(pixels, part.length), start * DIGIT_CLASSES)
  }
  return { logits, labels: Uint8Array.from(indices, (index) => digits.labels[index] ?? 0) }
}

/** Share of the scored drawings whose greatest logit is the label's. */
export function accuracyOf({ logits, labels }: Scored): number {
  let right = 0
  labels.forEach((label, place) => {
    const row = logits.subarray(place * DIGIT_CLASSES, (place + 1) * DIGIT_CLASSES)
    if (row.indexOf(Math.max(...row)) === label) right += 1
  })
  return right / Math.max(1, labels.length)
}

/** All indices that this seed keeps out of training. */
export function keptOutIndices(digits: Digits, seed: number): number[] {
  return Array.from({ length: digits.count }, (_, index) => index).filter((index) => isKeptOut(index, seed))
}

/** The starter's figures; `training` holds the digits that `seed` splits. */
export async function evaluateStarter(
  network: Network,
  training: Digits,
  test: Digits,
  seed: number,
): Promise<StarterFigures> {
  const keptOut = keptOutIndices(training, seed)
  const everyTest = Array.from({ length: test.count }, (_, index) => index)
  const score = async (digits: Digits, indices: number[], drawnFrom: number | null): Promise<number> =>
    accuracyOf(await scoreDigits(network, digits, indices, drawnFrom))
  return {
    mnistTest: await score(test, everyTest, null),
    strokes: training.strokes === null ? null : await score(training, keptOut, seed),
    images: await score(training, keptOut, null),
  }
}

/** A digit as if drawn on a page: 24 to 600 pixels high, anywhere, on the eighth-pixel grid that strokes travel on. */
function drawSomewhere(strokes: readonly Stroke[], index: number, seed: number): Stroke[] {
  const random = randomFor(seed, index, 'draw somewhere')
  const scale = (24 * 25 ** random.uniform()) / 20
  const left = random.uniform() * 1000
  const top = random.uniform() * 1000
  const onGrid = (value: number, offset: number): number => Math.round((value * scale + offset) * 8) / 8
  return strokes.map(({ xs, ys }) => ({
    xs: xs.map((value) => onGrid(value, left)),
    ys: ys.map((value) => onGrid(value, top)),
  }))
}
