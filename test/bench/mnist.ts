import { openBackend } from '../../server/learning/backend/open.ts'
import { initialWeights } from '../../server/learning/model/initialise.ts'
import { rateAt } from '../../server/learning/model/schedule.ts'
import { readTestDigits, readTrainingDigits } from '../../server/learning/starter/digits-data.ts'
import { Learner, learnerStart } from '../../server/learning/trainer/learner.ts'
import { Networks } from '../../server/learning/trainer/networks.ts'
import { fixtureDigits } from './load/digit-stream.ts'
import { halfEpochs, type ImageSet } from './load/image-batches.ts'
import {
  drawingRasters,
  guessRasters,
  imageRasters,
  shareRight,
  type TestRasters,
} from './load/test-rasters.ts'
import type { BenchOptions, Figures } from './options.ts'

const ARCHITECTURE = { family: 'cnn', classes: 10 } as const
const SEED = 1
const EPOCHS = 6
const RATE = 2e-3
/** Long enough for the average of the late steps, short enough to follow the early ones. */
const AVERAGE_DECAY = 0.998
const GOAL = 0.989
const QUICK = { epochs: 1, digits: 6_000, tested: 1_000 }
/** The fixtures' digits are few. */
const FIXTURE_EPOCHS = 20

/**
 * The reference network trained from random weights on MNIST, by one thread on WebAssembly. The averaged weights are
 * tested after every half epoch; times are of training alone. `--quick`: one epoch of a tenth; without data 20 of the
 * fixtures' 200 digits.
 */
export default async function bench({ data, quick }: BenchOptions): Promise<Figures> {
  const { training, test } = data === null ? fixtureImages() : mnistImages(data, quick)
  const epochs = data === null ? FIXTURE_EPOCHS : quick ? QUICK.epochs : EPOCHS
  const backend = await openBackend('wasm', () => undefined)
  const networks = new Networks(backend)
  const learner = new Learner(
    networks,
    learnerStart(ARCHITECTURE, initialWeights(SEED, ARCHITECTURE), 'adam'),
  )
  let step = 0
  let seconds = 0
  let cpuSeconds = 0
  let reached: { readonly seconds: number; readonly cpuSeconds: number } | null = null
  let accuracy = 0
  for (const { batches, progress } of halfEpochs(training, SEED, epochs)) {
    const begun = performance.now()
    const cpu = process.cpuUsage()
    for (const batch of batches) {
      await learner.fit(batch, {
        optimiser: 'adam',
        learningRate: rateAt('cosine', RATE, progress(step)),
        momentum: 0,
        weightDecay: 0,
        trained: 'all',
        averageDecay: AVERAGE_DECAY,
      })
      step++
    }
    const spent = process.cpuUsage(cpu)
    seconds += (performance.now() - begun) / 1000
    cpuSeconds += (spent.user + spent.system) / 1e6
    const guesses = await guessRasters(networks.with(learner.state.average, ARCHITECTURE), test)
    accuracy = shareRight(test.truths, guesses)
    if (accuracy >= GOAL) reached ??= { seconds, cpuSeconds }
  }
  networks.dispose()
  return {
    cnn_accuracy: accuracy,
    cnn_seconds_to_98_9: reached?.seconds ?? 'not reached',
    cnn_cpu_seconds_to_98_9: reached?.cpuSeconds ?? 'not reached',
    epochs,
    steps: step,
    training_seconds: seconds,
    training_cpu_seconds: cpuSeconds,
    backend: backend.name,
  }
}

function mnistImages(data: string, quick: boolean): { training: ImageSet; test: TestRasters } {
  const training = readTrainingDigits(data)
  const test = readTestDigits(data)
  return {
    training: quick ? { ...training, count: QUICK.digits } : training,
    test: imageRasters(test.images, test.labels, quick ? QUICK.tested : test.count),
  }
}

function fixtureImages(): { training: ImageSet; test: TestRasters } {
  const { drawings, test } = fixtureDigits()
  const { pixels, truths } = drawingRasters(drawings, 'mnist')
  return {
    training: {
      images: Uint8Array.from(pixels, (value) => Math.round(255 * value)),
      labels: Uint8Array.from(truths),
      count: truths.length,
    },
    test,
  }
}
