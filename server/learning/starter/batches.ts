import { penWidthOf, RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import { EMBEDDING } from '../../../shared/training/architecture.ts'
import type { Batch } from '../backend/backend.ts'
import { augment, defaultAugmentation, type Augmentation } from '../model/augment.ts'
import { randomFor } from '../model/random.ts'
import type { Digits } from './digits-data.ts'
import { augmentImage } from './image-augment.ts'

export const DIGIT_CLASSES = 10
const DROPOUT = 0.3
/** Share of a batch that is drawn from strokes, where there are any. */
const STROKE_SHARE = 0.4

/** Whole digits matter most here, half-drawn ones are seen now and then. */
const strokeAugmentation: Augmentation = { ...defaultAugmentation, prefix: 0.1, prefixLeast: 0.6 }

/** The digits of one step, varied afresh: a function of (seed, step) and the data alone. */
export function digitBatch(digits: Digits, indices: ArrayLike<number>, seed: number, step: number): Batch {
  const size = indices.length
  const random = randomFor(seed, step, 'batch')
  const pixels = new Float32Array(size * RASTER_LENGTH)
  const targets = new Float32Array(size * DIGIT_CLASSES)
  for (let place = 0; place < size; place++) {
    const index = indices[place] ?? 0
    const strokes = random.uniform() < STROKE_SHARE ? digits.strokes?.[index] : undefined
    if (strokes === undefined)
      augmentImage(digits.images, index * RASTER_LENGTH, pixels, place * RASTER_LENGTH, random)
    else {
      const { penFactor, ...varied } = augment(strokes, random, strokeAugmentation)
      const options = { ...varied, penWidth: penWidthOf('mnist') * penFactor }
      rasteriseInto(pixels, place * RASTER_LENGTH, varied.strokes, 'mnist', options)
    }
    targets[place * DIGIT_CLASSES + (digits.labels[index] ?? 0)] = 1
  }
  const dropout = new Float32Array(size * EMBEDDING)
  for (let at = 0; at < dropout.length; at++) dropout[at] = random.uniform() < DROPOUT ? 0 : 1 / (1 - DROPOUT)
  return { size, pixels, targets, sampleWeights: new Float32Array(size).fill(1), dropout }
}
