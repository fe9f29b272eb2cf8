import {
  getBackend,
  setBackend,
  tensor,
  tensor4d,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { PIXELS, type Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'
import type { BackendName, Batch, Gradient, Network, Trained } from './backend.ts'
import { embeddingOf, logitsOf, namedWeights } from './forward.ts'
import { lossAndGradients } from './gradient.ts'

/** The network of an architecture on one of the library's backends. */
export function createNetwork(backend: BackendName, architecture: Architecture): Network {
  const { family, classes } = architecture
  const layout = layoutOf(architecture).filter(({ length }) => length > 0)
  let weights: Tensor[] = []

  const activate = async (): Promise<void> => {
    if (weights.length === 0) throw new Error('the network has no weights yet')
    if (getBackend() !== backend) await setBackend(backend)
  }

  const read = async (make: () => Tensor): Promise<Float32Array> => {
    const result = tidy(make)
    try {
      return asFloats(await result.data())
    } finally {
      result.dispose()
    }
  }

  const dispose = (): void => {
    for (const held of weights) held.dispose()
    weights = []
  }

  return {
    architecture,
    dispose,
    setWeights(values) {
      if (values.length !== weightCount(architecture))
        throw new RangeError(
          `${values.length} weights are not those of a network '${family}' of ${classes} classes`,
        )
      dispose()
      weights = layout.map(({ offset, length, shape }) =>
        // A copy: the backend may keep what it is given, and the caller goes on changing its weights.
        tensor(values.slice(offset, offset + length), [...shape]),
      )
    },
    async logits(pixels, size) {
      await activate()
      if (classes === 0 || size === 0) return new Float32Array(0)
      return read(() => {
        const named = namedWeights(weights)
        return logitsOf(embeddingOf(images(pixels, size), named), named)
      })
    },
    async embed(pixels, size) {
      await activate()
      if (size === 0) return new Float32Array(0)
      return read(() => embeddingOf(images(pixels, size), namedWeights(weights)))
    },
    async gradient(batch, trained) {
      await activate()
      const values = new Float32Array(weightCount(architecture))
      const total = batch.sampleWeights.subarray(0, batch.size).reduce((whole, weight) => whole + weight, 0)
      if (classes === 0 || batch.size === 0 || total === 0)
        return { loss: 0, losses: new Float32Array(batch.size), values, statistics: [] }
      return gradientOf(batch, total, values, trained)
    },
  }

  async function gradientOf(
    batch: Batch,
    total: number,
    values: Float32Array,
    trained: Trained,
  ): Promise<Gradient> {
    const { loss, losses, parts } = tidy(() =>
      lossAndGradients(
        images(batch.pixels, batch.size),
        batch,
        total,
        namedWeights(weights),
        classes,
        trained,
      ),
    )
    try {
      const [lossValue, lossesRead, ...read] = await Promise.all([
        loss.data(),
        losses.data(),
        ...parts.map((part) => part.data()),
      ])
      // The head lies last, and without the body it is all there is.
      layout
        .slice(layout.length - parts.length)
        .forEach(({ offset }, index) => values.set(asFloats(read[index]), offset))
      return { loss: lossValue[0] ?? 0, losses: asFloats(lossesRead), values, statistics: [] }
    } finally {
      loss.dispose()
      losses.dispose()
      for (const part of parts) part.dispose()
    }
  }
}

function images(pixels: Float32Array, size: number): Tensor4D {
  if (pixels.length < size * PIXELS)
    throw new RangeError(`${pixels.length} pixels are too few for ${size} drawings`)
  return tensor4d(pixels.subarray(0, size * PIXELS), [size, 28, 28, 1])
}

function asFloats(data: unknown): Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError('the backend returned no float32 values')
  return data
}
