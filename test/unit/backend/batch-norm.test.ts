import { tensor1d, tensor4d, tidy, type Tensor1D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { folded } from '../../../server/learning/backend/batch-norm.ts'
import { forward } from '../../../server/learning/backend/forward.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import type { Convolution, Held } from '../../../server/learning/backend/weights.ts'
import { randomFor, type Random } from '../../../server/learning/model/random.ts'

const SIDE = 5
const SIZE = 3
const FROM = 2
const TO = 3
const EPSILON = 1e-3

beforeAll(() => openBackend('wasm', () => undefined))

const normals = (random: Random, length: number): number[] => Array.from({ length }, () => random.normal())
const positives = (random: Random, length: number): number[] =>
  Array.from({ length }, () => 0.5 + random.uniform())

const random = randomFor(1, 0, 'batch-norm')
const pixels = normals(random, SIZE * SIDE * SIDE * FROM)
const filter = normals(random, 9 * FROM * TO)
const norm = {
  scale: positives(random, TO),
  shift: normals(random, TO),
  mean: normals(random, TO),
  variance: positives(random, TO),
}
const linear = convolveByHand()

/** The output of the convolution with batch-norm and ReLU, and the batch's statistics, if it took them. */
function run(guessing: boolean): { output: Float32Array; mean: Float32Array; variance: Float32Array } {
  const held = (values: number[]): Held<Tensor1D> => ({ tensor: tensor1d(values), offset: 0 })
  const layer: Convolution = {
    filter: { tensor: tensor4d(filter, [3, 3, FROM, TO]), offset: 0 },
    bias: {
      scale: held(norm.scale),
      shift: held(norm.shift),
      mean: held(norm.mean),
      variance: held(norm.variance),
    },
    pooled: false,
  }
  const body = { convolutions: [layer], dense: [] }
  let mean = new Float32Array()
  let variance = new Float32Array()
  let output = new Float32Array()
  tidy(() => {
    const images = tensor4d(pixels, [SIZE, SIDE, SIDE, FROM])
    const { convolutions, embedding } = forward(images, guessing ? folded(body).body : body)
    output = Float32Array.from(embedding.dataSync())
    mean = Float32Array.from(convolutions[0]?.normalised?.mean.dataSync() ?? [])
    variance = Float32Array.from(convolutions[0]?.normalised?.variance.dataSync() ?? [])
  })
  return { output, mean, variance }
}

describe('batch-norm', () => {
  it('[FAMILY-7] normalises by its running statistics when guessing', () => {
    const { output, mean } = run(true)
    expect(mean).toHaveLength(0)
    expectNear(output, byHand(norm.mean, norm.variance))
  })

  it('[FAMILY-7] normalises by the batch’s own mean and biased variance when learning, and tells them', () => {
    const { output, mean, variance } = run(false)
    const places = SIZE * SIDE * SIDE
    const ofChannel = (channel: number): number[] =>
      Array.from({ length: places }, (_, place) => linear[place * TO + channel] ?? NaN)
    const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / places
    const means = [0, 1, 2].map((channel) => meanOf(ofChannel(channel)))
    const variances = means.map((middle, channel) =>
      meanOf(ofChannel(channel).map((value) => (value - middle) ** 2)),
    )
    expectNear(mean, means)
    expectNear(variance, variances)
    expectNear(output, byHand(means, variances))
  })
})

/** The linear part, in plain arithmetic: 3x3, same, [place, channel]. */
function convolveByHand(): number[] {
  const result: number[] = []
  for (let sample = 0; sample < SIZE; sample++)
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++)
        for (let to = 0; to < TO; to++) result.push(placeOf(sample, row, column, to))
  return result
}

function placeOf(sample: number, row: number, column: number, to: number): number {
  let sum = 0
  for (let down = 0; down < 3; down++)
    for (let across = 0; across < 3; across++)
      for (let from = 0; from < FROM; from++) {
        const y = row + down - 1
        const x = column + across - 1
        if (y < 0 || x < 0 || y >= SIDE || x >= SIDE) continue
        const pixel = pixels[((sample * SIDE + y) * SIDE + x) * FROM + from] ?? NaN
        sum += pixel * (filter[((down * 3 + across) * FROM + from) * TO + to] ?? NaN)
      }
  return sum
}

function byHand(mean: readonly number[], variance: readonly number[]): number[] {
  return linear.map((value, index) => {
    const channel = index % TO
    const hat = (value - (mean[channel] ?? NaN)) / Math.sqrt((variance[channel] ?? NaN) + EPSILON)
    return Math.max(0, hat * (norm.scale[channel] ?? NaN) + (norm.shift[channel] ?? NaN))
  })
}

function expectNear(got: Float32Array, wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length)
  const apart = wanted.map((value, index) => Math.abs(value - (got[index] ?? NaN)))
  expect(Math.max(...apart)).toBeLessThan(1e-4)
}
