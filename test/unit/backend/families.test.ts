import { afterAll, describe, expect, it } from 'vitest'
import type { Backend, Batch, Network } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { initialWeights } from '../../../server/learning/model/initialise.ts'
import { randomFor } from '../../../server/learning/model/random.ts'
import { softmax } from '../../../server/learning/softmax.ts'
import {
  EMBEDDING,
  embeddingWidth,
  PIXELS,
  type Architecture,
} from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'
import { families, type Family } from '../../../shared/training/settings.ts'

const CLASSES = 3
const networks: Network[] = []
afterAll(() => {
  for (const network of networks) network.dispose()
})

const open = (name: 'wasm' | 'cpu'): Promise<Backend> => openBackend(name, () => undefined)

async function networkOn(name: 'wasm' | 'cpu', architecture: Architecture): Promise<Network> {
  const network = (await open(name)).network(architecture)
  networks.push(network)
  return network
}

const architectureOf = (family: Family, classes = CLASSES): Architecture => ({ family, classes })

function batchOf(family: Family, size: number, seed: number): Batch {
  const random = randomFor(seed, 0, 'test batch')
  const targets = new Float32Array(size * CLASSES)
  for (let sample = 0; sample < size; sample++) targets[sample * CLASSES + random.int(CLASSES)] = 1
  return {
    size,
    // Mostly paper, as drawings are: many ties in the pools.
    pixels: Float32Array.from({ length: size * PIXELS }, () => Math.max(0, random.uniform() * 3 - 2)),
    targets,
    sampleWeights: Float32Array.from({ length: size }, () => random.uniform() + 0.5),
    dropout: Float32Array.from({ length: size * embeddingWidth(family) }, () =>
      random.uniform() < 0.3 ? 0 : 1 / 0.7,
    ),
  }
}

/** Weights as after some training: a batch-norm's scales, shifts and statistics are not those it starts with. */
function usedWeights(architecture: Architecture, seed: number): Float32Array<ArrayBuffer> {
  const weights = initialWeights(seed, architecture)
  const random = randomFor(seed, 1, 'used')
  for (const { name, role, offset, length } of layoutOf(architecture))
    for (let index = offset; role !== 'matrix' && index < offset + length; index++)
      weights[index] =
        name.endsWith('/variance') || name.endsWith('/scale') ? 0.5 + random.uniform() : 0.2 * random.normal()
  return weights
}

describe.each(families)('family %s', (family) => {
  const architecture = architectureOf(family)

  it('[FAMILY-1] has the same loss and gradient on wasm as in plain JavaScript', async () => {
    // Plain JavaScript takes a good part of a second for a sample of the larger networks.
    const batch = batchOf(family, family === 'cnn-deep' || family === 'ensemble' ? 1 : 2, 5)
    const weights = usedWeights(architecture, 3)
    const wasm = await networkOn('wasm', architecture)
    wasm.setWeights(weights)
    const got = await wasm.gradient(batch, 'all')
    const logits = await wasm.logits(batch.pixels, 1)
    const cpu = await networkOn('cpu', architecture)
    cpu.setWeights(weights)
    const wanted = await cpu.gradient(batch, 'all')
    expect(got.loss).toBeCloseTo(wanted.loss, 4)
    expectClose(got.losses, wanted.losses)
    expectClose(got.values, wanted.values)
    expect(got.statistics.map(({ offset }) => offset)).toEqual(wanted.statistics.map(({ offset }) => offset))
    got.statistics.forEach(({ values }, index) => {
      expectClose(values, wanted.statistics[index]?.values ?? new Float32Array())
    })
    expectClose(logits, await cpu.logits(batch.pixels, 1))
  })

  it('[FAMILY-2] has the gradient that differences of the loss have, tensor by tensor', async () => {
    const batch = batchOf(family, 2, 8)
    const weights = usedWeights(architecture, 4)
    const network = await networkOn('wasm', architecture)
    network.setWeights(weights)
    const { values } = await network.gradient(batch, 'all')
    const lossAt = async (moved: Float32Array): Promise<number> => {
      network.setWeights(moved)
      const { losses } = await network.gradient(batch, 'all')
      return weightedMean(losses, batch.sampleWeights)
    }
    const members = embeddingWidth(family) / EMBEDDING
    for (const { name, role, offset, length } of layoutOf(architecture)) {
      const slope = values.subarray(offset, offset + length)
      const square = slope.reduce((sum, value) => sum + value * value, 0)
      if (role === 'statistic') {
        expect(square, name).toBe(0)
        continue
      }
      // Along the gradient of one tensor the loss grows by its square; each member's gradient is of its own loss.
      const step = 2e-3 / Math.sqrt(square)
      const moved = (direction: number): Float32Array => {
        const copy = weights.slice()
        slope.forEach((value, index) => {
          copy[offset + index] = (weights[offset + index] ?? 0) + direction * step * value
        })
        return copy
      }
      const measured = ((await lossAt(moved(1))) - (await lossAt(moved(-1)))) / (2 * step)
      expect((measured * members) / square, name).toBeGreaterThan(0.95)
      expect((measured * members) / square, name).toBeLessThan(1.05)
    }
  })

  it('[FAMILY-3] trains the head alone over a frozen body that runs as when guessing', async () => {
    const batch = batchOf(family, 3, 6)
    const weights = usedWeights(architecture, 5)
    const network = await networkOn('wasm', architecture)
    network.setWeights(weights)
    const { losses, values, statistics, loss } = await network.gradient(batch, 'head')
    expect(statistics).toEqual([])
    expect(loss).toBeCloseTo(weightedMean(losses, batch.sampleWeights), 5)
    const embeddings = await network.embed(batch.pixels, batch.size)
    for (const { part, name, member, offset, length } of layoutOf(architecture)) {
      const own = values.subarray(offset, offset + length)
      if (part === 'body') expect(own.every((value) => value === 0)).toBe(true)
      else if (name === 'head/kernel')
        expectClose(own, headSlope(architecture, member, weights, embeddings, batch))
    }
  })

  it('[FAMILY-4] gives the same bits again, leaks no tensor and gives all back', async () => {
    const backend = await open('wasm')
    const before = backend.memory()
    const network = backend.network(architecture)
    const batch = batchOf(family, 4, 1)
    const weights = usedWeights(architecture, 2)
    network.setWeights(weights)
    const first = await network.gradient(batch, 'all')
    await network.logits(batch.pixels, 4)
    const held = backend.memory()
    for (let round = 0; round < 2; round++) {
      network.setWeights(weights)
      const again = await network.gradient(batch, 'all')
      expect(bytesOf(again.values).equals(bytesOf(first.values))).toBe(true)
      expect(again).toMatchObject({ loss: first.loss, losses: first.losses, statistics: first.statistics })
      await network.gradient(batch, 'head')
      await network.embed(batch.pixels, 4)
      await network.logits(batch.pixels, 4)
      expect(backend.memory()).toEqual(held)
    }
    network.dispose()
    expect(backend.memory()).toEqual(before)
  })

  it('[FAMILY-5] with no class or one embeds, and has nothing to learn', async () => {
    for (const classes of [0, 1]) {
      const network = await networkOn('wasm', architectureOf(family, classes))
      network.setWeights(initialWeights(2, architectureOf(family, classes)))
      const { pixels } = batchOf(family, 2, 1)
      const batch = {
        size: 2,
        pixels,
        targets: new Float32Array(2 * classes).fill(1),
        sampleWeights: Float32Array.of(1, 1),
        dropout: null,
      }
      expect(await network.embed(pixels, 2)).toHaveLength(2 * embeddingWidth(family))
      expect(await network.logits(pixels, 2)).toHaveLength(2 * classes)
      const { loss, losses, values } = await network.gradient(batch, 'all')
      expect(loss).toBeCloseTo(0, 6)
      expect(losses).toHaveLength(2)
      expect(values).toHaveLength(weightCount(architectureOf(family, classes)))
      expect(values.every((value) => Math.abs(value) < 1e-6)).toBe(true)
    }
  })
})

describe('an ensemble', () => {
  it('[FAMILY-6] votes with the mean of its members’ probabilities and embeds with all of them', async () => {
    const architecture = architectureOf('ensemble')
    const weights = usedWeights(architecture, 7)
    const { pixels } = batchOf('ensemble', 2, 3)
    const network = await networkOn('wasm', architecture)
    network.setWeights(weights)
    const mean = new Float32Array(2 * CLASSES)
    const single = await networkOn('wasm', architectureOf('cnn'))
    const embeddings: Float32Array[] = []
    const length = weights.length / 3
    for (let member = 0; member < 3; member++) {
      single.setWeights(weights.subarray(member * length, (member + 1) * length))
      softmax(await single.logits(pixels, 2), CLASSES, 1).forEach((value, index) => {
        mean[index] = (mean[index] ?? 0) + value / 3
      })
      embeddings.push(await single.embed(pixels, 2))
    }
    const logits = await network.logits(pixels, 2)
    expectClose(logits.map(Math.exp), mean)
    const side = await network.embed(pixels, 2)
    embeddings.forEach((own, member) => {
      for (const sample of [0, 1])
        expectClose(
          side.subarray((sample * 3 + member) * EMBEDDING, (sample * 3 + member + 1) * EMBEDDING),
          own.subarray(sample * EMBEDDING, (sample + 1) * EMBEDDING),
        )
    })
  })

  it('[FAMILY-6] gives each member the gradient of its own loss, and tells the mean of the losses', async () => {
    const architecture = architectureOf('ensemble')
    const weights = usedWeights(architecture, 7)
    const batch = { ...batchOf('ensemble', 3, 3), dropout: null }
    const network = await networkOn('wasm', architecture)
    network.setWeights(weights)
    const whole = await network.gradient(batch, 'all')
    const single = await networkOn('wasm', architectureOf('cnn'))
    const length = weights.length / 3
    let loss = 0
    for (let member = 0; member < 3; member++) {
      single.setWeights(weights.subarray(member * length, (member + 1) * length))
      const own = await single.gradient(batch, 'all')
      loss += own.loss / 3
      const part = whole.values.subarray(member * length, (member + 1) * length)
      expect(bytesOf(part).equals(bytesOf(own.values))).toBe(true)
    }
    expect(whole.loss).toBeCloseTo(loss, 6)
  })
})

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

function weightedMean(values: Float32Array, weights: Float32Array): number {
  let sum = 0
  let total = 0
  values.forEach((value, index) => {
    sum += value * (weights[index] ?? 0)
    total += weights[index] ?? 0
  })
  return sum / total
}

/** The slope of a member's head by its textbook formula, from embeddings. */
function headSlope(
  architecture: Architecture,
  member: number,
  weights: Float32Array,
  embeddings: Float32Array,
  { size, targets, sampleWeights, dropout }: Batch,
): Float32Array {
  const width = embeddingWidth(architecture.family)
  const slices = layoutOf(architecture).filter((slice) => slice.member === member)
  const kernel = slices.find(({ name }) => name === 'head/kernel')
  const bias = slices.find(({ name }) => name === 'head/bias')
  if (!kernel || !bias) expect.fail('no head')
  const total = sampleWeights.reduce((sum, weight) => sum + weight, 0)
  const slope = new Float32Array(kernel.length)
  for (let sample = 0; sample < size; sample++) {
    const at = sample * width + member * EMBEDDING
    const kept = Array.from({ length: EMBEDDING }, (_, unit) => {
      const factor = dropout === null ? 1 : (dropout[at + unit] ?? 0)
      return (embeddings[at + unit] ?? 0) * factor
    })
    const logits = Float32Array.from({ length: CLASSES }, (_, index) =>
      kept.reduce(
        (sum, value, unit) => sum + value * (weights[kernel.offset + unit * CLASSES + index] ?? 0),
        weights[bias.offset + index] ?? 0,
      ),
    )
    softmax(logits, CLASSES, 1).forEach((probability, index) => {
      const share = (sampleWeights[sample] ?? 0) / total
      const error = (probability - (targets[sample * CLASSES + index] ?? 0)) * share
      kept.forEach((value, unit) => {
        const place = unit * CLASSES + index
        slope[place] = (slope[place] ?? 0) + value * error
      })
    })
  }
  return slope
}

/** Values that agree to a few of float32's last places of the greatest among them. */
function expectClose(got: Float32Array, wanted: Float32Array): void {
  expect(got.length).toBe(wanted.length)
  const greatest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
  const apart = got.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (wanted[index] ?? NaN))),
    0,
  )
  expect(apart / greatest).toBeLessThan(1e-4)
}
