import { join } from 'node:path'
import type { Batch } from '../../../server/learning/backend/backend.ts'
import { readDigitImages } from '../../../server/learning/starter/digits-data.ts'
import { RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import { loadDigits } from '../../support/fixtures.ts'

const CLASSES = 10

/** A batch of real digits as they are: MNIST's first ones from `data/mnist`, without it those of the fixtures. */
export function digitBatch(data: string | null, size: number): Batch {
  const pixels = new Float32Array(size * RASTER_LENGTH)
  const labels = data === null ? fixturesInto(pixels, size) : imagesInto(pixels, size, data)
  const targets = new Float32Array(size * CLASSES)
  labels.forEach((label, place) => (targets[place * CLASSES + label] = 1))
  return { size, pixels, targets, sampleWeights: new Float32Array(size).fill(1), dropout: null }
}

function imagesInto(pixels: Float32Array, size: number, data: string): number[] {
  const { images, labels } = readDigitImages(join(data, 'mnist'), 'train')
  pixels.forEach((_, index) => (pixels[index] = (images[index] ?? 0) / 255))
  return Array.from(labels.subarray(0, size))
}

/** They lie class by class: every so manieth is taken. */
function fixturesInto(pixels: Float32Array, size: number): number[] {
  const digits = loadDigits()
  return Array.from({ length: size }, (_, place) => {
    const digit = digits[Math.floor((place * digits.length) / size) % digits.length]
    rasteriseInto(pixels, place * RASTER_LENGTH, digit?.strokes ?? [], 'mnist')
    return Number(digit?.label ?? 0)
  })
}
