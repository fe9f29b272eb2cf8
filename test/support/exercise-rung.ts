import type { Backend, BackendName, Batch, Network } from '../../server/learning/backend/backend.ts'
import { openBackend } from '../../server/learning/backend/open.ts'
import { initialWeights } from '../../server/learning/model/initialise.ts'
import { randomFor } from '../../server/learning/model/random.ts'
import { Learner, learnerStart, type LearnerState } from '../../server/learning/trainer/learner.ts'
import { embeddingWidth, membersOf, PIXELS, type Architecture } from '../../shared/training/architecture.ts'
import { layoutOf } from '../../shared/training/layout.ts'
import type { Family } from '../../shared/training/settings.ts'

const CLASSES = 3
const SIDE = 28
/** How far along the gradient the loss is looked at: past float32's noise, before the next kink. */
const STEP = 3e-4
const STEPS_AFTER_RESUME = 2

export interface Exercise {
  readonly family: Family
  /** Samples of a batch. */
  readonly size: number
  /** Steps of the training run; 0 for none. */
  readonly steps: number
}

/** What a backend did with a family. Differences are the greatest, as a share of the greatest value. */
export interface ExerciseReport {
  readonly logitsDifference: number
  readonly embeddingDifference: number
  readonly gradientDifference: number
  readonly headGradientDifference: number
  /** The loss's slope along the gradient, by differences, over the gradient's own length squared: 1 where it is right. */
  readonly slopeRatio: number
  readonly losses: readonly number[]
  /** Whether weights, average and moments are the same bits after going on from a copy. */
  readonly resumedEqual: boolean
  readonly leakedTensors: number
}

/** Runs a family on a backend of this process: against plain JavaScript, along its gradient, and through a training. */
export async function exerciseRung(name: BackendName, exercise: Exercise): Promise<ExerciseReport> {
  const { family, size } = exercise
  const architecture = { family, classes: CLASSES }
  const cpu = await openBackend('cpu', () => undefined)
  const backend = await openBackend(name, () => undefined)
  const batch = batchOf(family, size, 0)
  const weights = usedWeights(architecture)

  const plain = cpu.network(architecture)
  const wanted = await outputsOf(plain, weights, batch)
  plain.dispose()
  const before = backend.memory().tensors
  const network = backend.network(architecture)
  const got = await outputsOf(network, weights, batch)
  // Each member's gradient is that of its own loss, of which the loss is the mean.
  const members = membersOf(family).length
  const slopeRatio = members * (await slopeAlong(network, weights, batch, got.gradient))
  network.dispose()
  const trained = await train(backend, architecture, exercise)
  return {
    logitsDifference: difference(got.logits, wanted.logits),
    embeddingDifference: difference(got.embedding, wanted.embedding),
    gradientDifference: difference(got.gradient, wanted.gradient),
    headGradientDifference: difference(got.headGradient, wanted.headGradient),
    slopeRatio,
    ...trained,
    leakedTensors: backend.memory().tensors - before,
  }
}

async function outputsOf(network: Network, weights: Float32Array, batch: Batch) {
  network.setWeights(weights)
  return {
    logits: await network.logits(batch.pixels, batch.size),
    embedding: await network.embed(batch.pixels, batch.size),
    gradient: (await network.gradient(batch, 'all')).values,
    headGradient: (await network.gradient(batch, 'head')).values,
  }
}

async function slopeAlong(
  network: Network,
  weights: Float32Array,
  batch: Batch,
  gradient: Float32Array,
): Promise<number> {
  const squared = gradient.reduce((sum, value) => sum + value * value, 0)
  const lossAt = async (distance: number): Promise<number> => {
    const factor = distance / Math.sqrt(squared)
    network.setWeights(weights.map((weight, index) => weight + factor * (gradient[index] ?? 0)))
    return (await network.gradient(batch, 'all')).loss
  }
  const slope = ((await lossAt(STEP)) - (await lossAt(-STEP))) / (2 * STEP)
  return slope / Math.sqrt(squared)
}

/** Trains on a few drawings; then goes on twice from the same state, once through a copy and a network of its own. */
async function train(backend: Backend, architecture: Architecture, { size, steps }: Exercise) {
  if (steps === 0) return { losses: [], resumedEqual: true }
  const state = learnerStart(architecture, initialWeights(7, architecture), 'adam')
  const losses = await goOn(backend, state, size, 0, steps)
  const copy = structuredClone({ ...losses.state })
  const straight = await goOn(backend, losses.state, size, steps, STEPS_AFTER_RESUME)
  const resumed = await goOn(backend, copy, size, steps, STEPS_AFTER_RESUME)
  return { losses: losses.losses, resumedEqual: sameBits(straight.state, resumed.state) }
}

async function goOn(backend: Backend, from: LearnerState, size: number, first: number, steps: number) {
  const network = backend.network(from.architecture)
  const learner = new Learner(
    {
      with: (weights) => {
        network.setWeights(weights)
        return network
      },
    },
    from,
  )
  const losses: number[] = []
  for (let step = first; step < first + steps; step++) {
    const { loss } = await learner.fit(batchOf(from.architecture.family, size, step), {
      optimiser: 'adam',
      trained: 'all',
      learningRate: 2e-3,
      momentum: 0.9,
      weightDecay: 0,
    })
    losses.push(loss)
  }
  network.dispose()
  return { losses, state: learner.state }
}

/** Drawings of three classes: a bar near the top, in the middle, near the bottom, each a little elsewhere every step. */
function batchOf(family: Family, size: number, step: number): Batch {
  const random = randomFor(11, step, 'exercise')
  const pixels = new Float32Array(size * PIXELS)
  const targets = new Float32Array(size * CLASSES)
  for (let sample = 0; sample < size; sample++) {
    const label = sample % CLASSES
    const row = 4 + label * 8 + random.int(3)
    for (let x = 4; x < SIDE - 4; x++)
      for (let y = row; y < row + 3; y++)
        pixels[sample * PIXELS + y * SIDE + x] = 0.6 + 0.4 * random.uniform()
    targets[sample * CLASSES + label] = 1
  }
  return {
    size,
    pixels,
    targets,
    sampleWeights: Float32Array.from({ length: size }, () => 0.5 + random.uniform()),
    dropout: Float32Array.from({ length: size * embeddingWidth(family) }, () =>
      random.uniform() < 0.2 ? 0 : 1 / 0.8,
    ),
  }
}

/** Weights as after some training: batch-norms and biases are not those of the start. */
function usedWeights(architecture: Architecture): Float32Array<ArrayBuffer> {
  const weights = initialWeights(3, architecture)
  const random = randomFor(3, 0, 'used')
  for (const { role, name, offset, length } of layoutOf(architecture))
    for (let index = offset; role !== 'matrix' && index < offset + length; index++)
      weights[index] = /\/(variance|scale)$/.test(name) ? 0.5 + random.uniform() : 0.1 * random.normal()
  return weights
}

function difference(got: Float32Array, wanted: Float32Array): number {
  if (got.length !== wanted.length) return Infinity
  const greatest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6)
  return got.reduce((most, value, at) => Math.max(most, Math.abs(value - (wanted[at] ?? NaN))), 0) / greatest
}

function sameBits(one: LearnerState, other: LearnerState): boolean {
  const parts = ({ weights, average, optimiser }: LearnerState) => [
    weights,
    average,
    optimiser.first,
    optimiser.second,
    Float64Array.of(optimiser.beta1Power, optimiser.beta2Power),
  ]
  const others = parts(other)
  return parts(one).every((values, index) => Buffer.compare(bytesOf(values), bytesOf(others[index])) === 0)
}

function bytesOf(values: Float32Array | Float64Array | undefined): Buffer {
  return values ? Buffer.from(values.buffer, values.byteOffset, values.byteLength) : Buffer.alloc(0)
}
