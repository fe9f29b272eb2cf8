import type { Batch } from '../../../server/learning/backend/backend.ts'
import { randomFor, type Random } from '../../../server/learning/model/random.ts'
import { augmentImage, type ImageAugmentation } from '../../../server/learning/starter/image-augment.ts'
import { RASTER_LENGTH } from '../../../shared/raster/rasterise.ts'
import { EMBEDDING } from '../../../shared/training/architecture.ts'

/** Images as bytes, 784 each, 0 paper to 255 ink, with their class. */
export interface ImageSet {
  readonly images: Uint8Array
  readonly labels: ArrayLike<number>
  readonly count: number
}

export interface HalfEpoch {
  /** Made one by one as they are asked for. */
  readonly batches: Iterable<Batch>
  /** The share of the whole run, 0..1, that lies before a step. */
  readonly progress: (step: number) => number
}

const SIZE = 64
const CLASSES = 10
const DROPOUT = 0.3
/** Milder than the starter's, which has to know digits at an angle too. */
const AUGMENTATION: ImageAugmentation = { rotation: 8.4, stretch: 0.07, shear: 0.084, shift: 1.05 }

/** A run over all images, `epochs` times, each time in another order; a function of its arguments alone. */
export function* halfEpochs(set: ImageSet, seed: number, epochs: number): Generator<HalfEpoch> {
  const perEpoch = Math.floor(set.count / SIZE)
  const progress = (step: number): number => step / (perEpoch * epochs)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = randomFor(seed, epoch, 'order').shuffle(
      Array.from({ length: set.count }, (_, index) => index),
    )
    const middle = perEpoch >> 1
    const first = epoch * perEpoch
    yield { batches: batchesOf(set, order, seed, first, 0, middle), progress }
    yield { batches: batchesOf(set, order, seed, first, middle, perEpoch), progress }
  }
}

function* batchesOf(
  set: ImageSet,
  order: readonly number[],
  seed: number,
  firstStep: number,
  from: number,
  to: number,
): Generator<Batch> {
  for (let place = from; place < to; place++)
    yield imageBatch(
      set,
      order.slice(place * SIZE, (place + 1) * SIZE),
      randomFor(seed, firstStep + place, 'batch'),
    )
}

function imageBatch({ images, labels }: ImageSet, indices: readonly number[], random: Random): Batch {
  const size = indices.length
  const pixels = new Float32Array(size * RASTER_LENGTH)
  const targets = new Float32Array(size * CLASSES)
  indices.forEach((index, place) => {
    augmentImage(images, index * RASTER_LENGTH, pixels, place * RASTER_LENGTH, random, AUGMENTATION)
    targets[place * CLASSES + (labels[index] ?? 0)] = 1
  })
  const dropout = Float32Array.from({ length: size * EMBEDDING }, () =>
    random.uniform() < DROPOUT ? 0 : 1 / (1 - DROPOUT),
  )
  return { size, pixels, targets, sampleWeights: new Float32Array(size).fill(1), dropout }
}
