import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { RASTER_VERSION } from '../../../shared/raster/rasterise.ts'
import { layoutOf } from '../../../shared/training/layout.ts'
import { openBackend } from '../backend/open.ts'
import type { Network } from '../backend/backend.ts'
import { emaStep, warmDecay } from '../model/ema.ts'
import { decodeHalf, encodeHalf } from '../model/half.ts'
import { initialWeights } from '../model/initialise.ts'
import { optimise, optimisedRanges, optimiserStart } from '../model/optimiser.ts'
import { randomFor } from '../model/random.ts'
import { digitBatch, DIGIT_CLASSES } from './batches.ts'
import { modelCard } from './card.ts'
import { isKeptOut, readTestDigits, readTrainingDigits, type Digits } from './digits-data.ts'
import { evaluateStarter, keptOutIndices, scoreDigits } from './evaluate.ts'
import { makeExemplars } from './exemplars.ts'
import { encodeStarter } from './file.ts'
import { fitTemperature } from './temperature.ts'

const ARCHITECTURE = { family: 'cnn', classes: DIGIT_CLASSES } as const
const BATCH = 64
const PEAK_RATE = 1.5e-3
const FINAL_RATE = 1e-5
const WARM_UP = 200
const EMA_DECAY = 0.998

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seed: { type: 'string', default: '1' },
    epochs: { type: 'string', default: '8' },
    out: { type: 'string', default: fileURLToPath(new URL('./digits.bin', import.meta.url)) },
    exemplars: {
      type: 'string',
      default: fileURLToPath(new URL('./exemplars.bin', import.meta.url)),
    },
    card: { type: 'string', default: fileURLToPath(new URL('../../../docs/STARTER.md', import.meta.url)) },
  },
})
const seed = Number(values.seed)
const epochs = Number(values.epochs)
if (values.data === undefined || !Number.isInteger(seed) || !Number.isInteger(epochs) || epochs < 1) {
  process.stderr.write(
    'usage: npm run starter -- --data DIR [--seed N] [--epochs N] [--out FILE] [--exemplars FILE] [--card FILE]\n',
  )
  process.exit(2)
}

try {
  await train(values.data)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

async function train(folder: string): Promise<void> {
  const training = readTrainingDigits(folder)
  const test = readTestDigits(folder)
  const exemplars = makeExemplars(training, seed)
  if (exemplars === null)
    say(`no strokes in ${folder}: training on images alone, ${values.exemplars} is left as it is`)
  const backend = await openBackend('auto', say)
  const network = backend.network(ARCHITECTURE)
  const indices = Array.from({ length: training.count }, (_, index) => index)
  const trained = indices.filter((index) => !isKeptOut(index, seed))
  const { average, steps } = await learn(network, training, trained)

  // What is measured is what is shipped: the weights as half floats give them back.
  const weights = decodeHalf(encodeHalf(average))
  network.setWeights(weights)
  const keptOut = keptOutIndices(training, seed)
  const scored = await scoreDigits(network, training, keptOut, training.strokes === null ? null : seed)
  const header = {
    classes: Array.from({ length: DIGIT_CLASSES }, (_, digit) => String(digit)),
    rasterVersion: RASTER_VERSION,
    recipe: 'mnist' as const,
    seed,
    epochs,
    temperature: fitTemperature(scored),
  }
  const figures = await evaluateStarter(network, training, test, seed)
  const bytes = encodeStarter(header, weights)
  writeFileSync(values.out, bytes)
  if (exemplars !== null) writeFileSync(values.exemplars, exemplars)
  const facts = {
    parameters: weights.length,
    bytes: bytes.length,
    trained: trained.length,
    keptOut: keptOut.length,
  }
  writeFileSync(values.card, modelCard({ header, figures, ...facts, steps, batch: BATCH }))
  say(`${values.out}: ${JSON.stringify({ ...figures, temperature: header.temperature })}`)
}

/** Trains from the seed; answers the averaged weights. */
async function learn(
  network: Network,
  digits: Digits,
  trained: readonly number[],
): Promise<{ average: Float32Array; steps: number }> {
  const weights = initialWeights(seed, ARCHITECTURE)
  const average = weights.slice()
  const optimiser = optimiserStart('adam', weights.length)
  const ranges = optimisedRanges(layoutOf(ARCHITECTURE), 'all')
  const perEpoch = Math.floor(trained.length / BATCH)
  const steps = perEpoch * epochs
  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = randomFor(seed, epoch, 'order').shuffle([...trained])
    const started = performance.now()
    let loss = 0
    for (let place = 0; place < perEpoch; place++) {
      network.setWeights(weights)
      const batch = digitBatch(digits, order.slice(place * BATCH, (place + 1) * BATCH), seed, step)
      const gradient = await network.gradient(batch, 'all')
      loss += gradient.loss / perEpoch
      const learningRate = rateAt(step, steps)
      optimise(weights, gradient.values, optimiser, ranges, { learningRate, momentum: 0, weightDecay: 0 })
      step += 1
      emaStep(average, weights, warmDecay(EMA_DECAY, step))
    }
    const speed = (1000 * perEpoch * BATCH) / (performance.now() - started)
    say(`epoch ${epoch + 1} of ${epochs}: loss ${loss.toFixed(4)}, ${Math.round(speed)} samples/s`)
  }
  return { average, steps }
}

/** A linear warm-up, then a cosine down to the final rate. */
function rateAt(step: number, steps: number): number {
  if (step < WARM_UP) return (PEAK_RATE * (step + 1)) / WARM_UP
  const share = (step - WARM_UP) / Math.max(1, steps - WARM_UP)
  return FINAL_RATE + ((PEAK_RATE - FINAL_RATE) * (1 + Math.cos(Math.PI * share))) / 2
}
