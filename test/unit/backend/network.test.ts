import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { initialWeights } from '../../../server/learning/model/initialise.ts'
import { randomFor } from '../../../server/learning/model/random.ts'
import { EMBEDDING, PIXELS, type Architecture } from '../../../shared/training/architecture.ts'
import { weightCount } from '../../../shared/training/layout.ts'

const quiet = (): void => undefined
const cnn = (classes: number): Architecture => ({ family: 'cnn', classes })

function batchOf(size: number, classes: number, seed: number, withDropout: boolean): Batch {
  const random = randomFor(seed, 0, 'test batch')
  const targets = new Float32Array(size * classes)
  for (let place = 0; place < size && classes > 0; place++) {
    targets[place * classes + random.int(classes)] = 0.75
    const other = place * classes + random.int(classes)
    targets[other] = (targets[other] ?? 0) + 0.25
  }
  return {
    size,
    // Mostly paper, as drawings are: many ties in the pools.
    pixels: Float32Array.from({ length: size * PIXELS }, () => Math.max(0, random.uniform() * 3 - 2)),
    targets,
    sampleWeights: Float32Array.from({ length: size }, () => random.uniform() + 0.1),
    dropout: withDropout
      ? Float32Array.from({ length: size * EMBEDDING }, () => (random.uniform() < 0.3 ? 0 : 1 / 0.7))
      : null,
  }
}

async function gradientOn(name: 'wasm' | 'cpu', batch: Batch, weights: Float32Array, classes: number) {
  const network = (await openBackend(name, quiet)).network(cnn(classes))
  network.setWeights(weights)
  const gradient = await network.gradient(batch, 'all')
  network.dispose()
  return gradient
}

describe('network', () => {
  it('[BACKEND-2] has the same loss and gradient on wasm as in plain JavaScript', async () => {
    for (const withDropout of [false, true]) {
      const batch = batchOf(2, 4, 5, withDropout)
      const weights = initialWeights(3, cnn(4))
      const wasm = await gradientOn('wasm', batch, weights, 4)
      const cpu = await gradientOn('cpu', batch, weights, 4)
      expect(wasm.loss).toBeCloseTo(cpu.loss, 5)
      expect(greatestDifference(wasm.values, cpu.values)).toBeLessThan(1e-5)
    }
  })

  it('[BACKEND-2] has the gradient that differences of the loss have', async () => {
    const classes = 3
    const batch = batchOf(2, classes, 8, true)
    const weights = initialWeights(4, cnn(classes))
    const { values } = await gradientOn('wasm', batch, weights, classes)
    const network = (await openBackend('wasm', quiet)).network(cnn(classes))
    const lossAt = async (direction: number): Promise<number> => {
      network.setWeights(weights.map((weight, index) => weight + direction * (values[index] ?? 0)))
      return (await network.gradient(batch, 'all')).loss
    }
    const step = 1e-4
    const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step)
    const expected = values.reduce((sum, value) => sum + value * value, 0)
    network.dispose()
    expect(slope / expected).toBeGreaterThan(0.98)
    expect(slope / expected).toBeLessThan(1.02)
  })

  it('[BACKEND-3] gives the same bits for the same batch, and leaks no tensor', async () => {
    const backend = await openBackend('wasm', quiet)
    const network = backend.network(cnn(10))
    const batch = batchOf(8, 10, 1, true)
    const weights = initialWeights(2, cnn(10))
    network.setWeights(weights)
    const first = await network.gradient(batch, 'all')
    const live = backend.memory().tensors
    for (let round = 0; round < 5; round++) {
      network.setWeights(weights)
      const { values } = await network.gradient(batch, 'all')
      expect(Buffer.compare(bytesOf(values), bytesOf(first.values))).toBe(0)
      await network.logits(batch.pixels, 8)
      await network.embed(batch.pixels, 8)
    }
    expect(backend.memory().tensors).toBe(live)
    network.dispose()
    expect(backend.memory().tensors).toBe(live - 8)
  })

  it('[BACKEND-4] answers the same for a drawing alone and in a batch', async () => {
    const network = (await openBackend('wasm', quiet)).network(cnn(10))
    network.setWeights(initialWeights(2, cnn(10)))
    const { pixels } = batchOf(5, 10, 1, false)
    const together = await network.logits(pixels, 5)
    const alone = await network.logits(pixels.subarray(2 * PIXELS, 3 * PIXELS), 1)
    network.dispose()
    expect(greatestDifference(alone, together.subarray(20, 30))).toBeLessThan(1e-5)
  })

  it('[BACKEND-5] with no class or one embeds, and has nothing to learn', async () => {
    const backend = await openBackend('wasm', quiet)
    for (const classes of [0, 1]) {
      const network = backend.network(cnn(classes))
      network.setWeights(initialWeights(2, cnn(classes)))
      const batch = batchOf(2, classes, 1, false)
      expect(await network.embed(batch.pixels, 2)).toHaveLength(2 * EMBEDDING)
      expect(await network.logits(batch.pixels, 2)).toHaveLength(2 * classes)
      const { loss, values } = await network.gradient(batch, 'all')
      expect(loss).toBeCloseTo(0, 6)
      expect(values).toHaveLength(weightCount(cnn(classes)))
      expect(values.every((value) => Math.abs(value) < 1e-6)).toBe(true)
      network.dispose()
    }
  })

  it('[BACKEND-5] refuses weights of another size, and work before it has any', async () => {
    const network = (await openBackend('wasm', quiet)).network(cnn(2))
    expect(() => network.setWeights(new Float32Array(3))).toThrow("not those of a network 'cnn' of 2 classes")
    await expect(network.logits(new Float32Array(PIXELS), 1)).rejects.toThrow('no weights yet')
  })
})

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer)

function greatestDifference(first: Float32Array, second: Float32Array): number {
  expect(first.length).toBe(second.length)
  return first.reduce((most, value, index) => Math.max(most, Math.abs(value - (second[index] ?? NaN))), 0)
}
