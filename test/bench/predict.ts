import type { Network } from '../../server/learning/backend/backend.ts'
import { openBackend } from '../../server/learning/backend/open.ts'
import { createLearning } from '../../server/learning/create-learning.ts'
import type { Learning, StrokePath } from '../../server/learning/service.ts'
import { loadStarter } from '../../server/learning/starter/load.ts'
import { PIXELS } from '../../shared/training/architecture.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import { loadDigits } from '../support/fixtures.ts'
import { quantile } from '../support/quantile.ts'
import { digitBatch } from './load/digit-batch.ts'
import type { BenchOptions, Figures } from './options.ts'

const ARCHITECTURE = { family: 'cnn', classes: 10 } as const
const BATCH = 32
const PROJECT = 'p'
/** As often as a hand moves on a busy canvas, and a class of thirty labels. */
const GUESS_EVERY_MS = 20
const LABEL_EVERY_MS = 250
const FULL = { singles: 1_000, batches: 200, seconds: 30 }
const QUICK = { singles: 200, batches: 40, seconds: 5 }

/**
 * Guesses of the shipped model on WebAssembly: one drawing and 32 at once, from pixels to logits, and, through the
 * service with its two threads, from strokes to probabilities while the trainer learns from a stream of labels.
 */
export default async function bench({ data, quick }: BenchOptions): Promise<Figures> {
  const plan = quick ? QUICK : FULL
  const backend = await openBackend('wasm', () => undefined)
  const network = backend.network(ARCHITECTURE)
  network.setWeights(loadStarter().weights)
  const { pixels } = digitBatch(data, BATCH)
  const singles = await timesOf(network, pixels, 1, plan.singles)
  const batches = await timesOf(network, pixels, BATCH, plan.batches)
  network.dispose()
  const learning = createLearning({ backend: 'wasm', log: silent, clock: { now: Date.now } })
  try {
    await learning.ready()
    const { times, idle, steps } = await whileTraining(learning, plan.seconds)
    return {
      wasm_single_p50_ms: quantile(singles, 0.5),
      wasm_batch32_p50_ms: quantile(batches, 0.5),
      idle_p50_ms: quantile(idle, 0.5),
      p50_while_training_ms: quantile(times, 0.5),
      p99_while_training_ms: quantile(times, 0.99),
      guesses: times.length,
      training_steps: steps,
    }
  } finally {
    await learning.stop()
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Milliseconds of each pass, after some that compile. */
async function timesOf(
  network: Network,
  pixels: Float32Array,
  size: number,
  passes: number,
): Promise<number[]> {
  const times: number[] = []
  for (let pass = -20; pass < passes; pass++) {
    const from = (((pass + 20) * size) % BATCH) * PIXELS
    const begun = performance.now()
    await network.logits(pixels.subarray(from, from + size * PIXELS), size)
    if (pass >= 0) times.push(performance.now() - begun)
  }
  return times
}

/** Guesses one at a time, first of a trainer that rests, then of one that is given label after label. */
async function whileTraining(
  learning: Learning,
  seconds: number,
): Promise<{ times: number[]; idle: number[]; steps: number }> {
  const digits = loadDigits()
  const classIds = [...new Set(digits.map(({ label }) => label))]
  const { status } = await learning.open({
    projectId: PROJECT,
    starter: 'digits',
    recipe: 'mnist',
    classIds,
    settings: defaultTrainingSettings,
    paused: false,
    seed: 1,
    checkpoint: null,
    drawings: [],
  })
  const drawing = (place: number) => digits[(place * 7) % digits.length] ?? { label: '0', strokes: [] }
  const idle: number[] = []
  for (let guess = 0; guess < 50; guess++) idle.push(await guessTime(learning, drawing(guess).strokes))
  let seq = 0
  const labels = setInterval(() => {
    const { label, strokes } = drawing(seq++)
    learning.learn(PROJECT, { id: `drawing ${String(seq)}`, seq, classId: label, split: 'train', strokes })
  }, LABEL_EVERY_MS)
  const times: number[] = []
  try {
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
      times.push(await guessTime(learning, drawing(times.length).strokes))
      await new Promise((resolve) => setTimeout(resolve, GUESS_EVERY_MS))
    }
  } finally {
    clearInterval(labels)
  }
  return { times, idle, steps: (learning.status(PROJECT)?.step ?? status.step) - status.step }
}

function guessTime(learning: Learning, strokes: readonly StrokePath[]): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve) => {
    learning.predict(PROJECT, { key: 'canvas', view: () => ({ strokes, tag: null }) }, () => {
      resolve(performance.now() - begun)
    })
  })
}
