import {
  backendNames,
  type Backend,
  type BackendName,
  type Batch,
} from '../../server/learning/backend/backend.ts'
import { openBackend } from '../../server/learning/backend/open.ts'
import { initialWeights } from '../../server/learning/model/initialise.ts'
import { Learner, learnerStart, type FitOptions } from '../../server/learning/trainer/learner.ts'
import { Networks } from '../../server/learning/trainer/networks.ts'
import { layoutOf } from '../../shared/training/layout.ts'
import { quantile } from '../support/quantile.ts'
import { digitBatch } from './load/digit-batch.ts'
import type { BenchOptions, Figures } from './options.ts'

const ARCHITECTURE = { family: 'cnn', classes: 10 } as const
const SEED = 1
const SIZE = 64
const STEP: FitOptions = {
  optimiser: 'adam',
  learningRate: 1e-3,
  momentum: 0,
  weightDecay: 0,
  trained: 'all',
}
const FULL = { rounds: 25, steps: 4, cpuRounds: 2, cpuSize: SIZE }
/** Plain JavaScript takes a tenth of a second a sample; its speed does not depend on the batch. */
const QUICK = { rounds: 6, steps: 2, cpuRounds: 1, cpuSize: 8 }
const shortNames: Partial<Record<BackendName, string>> = { tensorflow: 'tfnode' }

interface Rung {
  readonly name: BackendName
  readonly backend: Backend
  readonly learner: Learner
  readonly networks: Networks
  readonly seconds: number[]
}

/**
 * Training steps of the reference network (gradient, Adam, average) on a batch of 64 real digits, one thread: the
 * rungs in turns, medians of the rounds. Further words name further rungs, as `tensorflow-gpu`, in the place of
 * `tensorflow`. A rung that is not there has a key that says why instead of its speed. `max_gradient_error`: the
 * greatest difference of a gradient from plain JavaScript's, relative to the greatest value of its tensor.
 */
export default async function bench({ data, quick, args }: BenchOptions): Promise<Figures> {
  // Read when the library is loaded.
  for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
    process.env[name] ??= '1'
  const plan = quick ? QUICK : FULL
  const batch = digitBatch(data, SIZE)
  const asked = backendNames.filter((name) => args.includes(name))
  const figures: Figures = {}
  const rungs: Rung[] = []
  for (const name of ['wasm', ...(asked.length > 0 ? asked : ['tensorflow' as const])] as const) {
    const rung = await opened(name)
    if (typeof rung === 'string') figures[`${keyOf(name)}_missing`] = rung
    else rungs.push(rung)
  }
  const cpu = await opened('cpu')
  if (typeof cpu === 'string') throw new Error(cpu)

  let leaked = 0
  for (const rung of rungs) for (let step = 0; step < 3; step++) await rung.learner.fit(batch, STEP)
  const before = cpu.backend.memory().tensors
  for (let round = 0; round < plan.rounds; round++)
    for (const rung of rungs) rung.seconds.push(await timed(rung, batch, plan.steps))
  leaked += cpu.backend.memory().tensors - before
  for (const { name, seconds } of rungs) figures[`${keyOf(name)}_samples_s`] = speed(seconds, SIZE)

  const small = digitBatch(data, plan.cpuSize)
  await cpu.learner.fit(digitBatch(data, 1), STEP)
  const beforeCpu = cpu.backend.memory().tensors
  for (let round = 0; round < plan.cpuRounds; round++) cpu.seconds.push(await timed(cpu, small, 1))
  leaked += cpu.backend.memory().tensors - beforeCpu
  figures['cpu_samples_s'] = speed(cpu.seconds, plan.cpuSize)
  const [wasm, tfnode] = [figures['wasm_samples_s'], figures['tfnode_samples_s']]
  if (typeof wasm === 'number' && typeof tfnode === 'number') figures['wasm_over_tfnode'] = wasm / tfnode
  figures['leaked_tensors'] = leaked
  figures['max_gradient_error'] = await gradientError(cpu, rungs, small)
  return figures
}

async function opened(name: BackendName): Promise<Rung | string> {
  try {
    const backend = await openBackend(name, () => undefined)
    const networks = new Networks(backend)
    const start = learnerStart(ARCHITECTURE, initialWeights(SEED, ARCHITECTURE), 'adam')
    return { name, backend, networks, learner: new Learner(networks, start), seconds: [] }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function keyOf(name: BackendName): string {
  return shortNames[name] ?? name.replace('-', '_')
}

/** Seconds a step. */
async function timed({ learner }: Rung, batch: Batch, steps: number): Promise<number> {
  const begun = performance.now()
  for (let step = 0; step < steps; step++) await learner.fit(batch, STEP)
  return (performance.now() - begun) / 1000 / steps
}

function speed(seconds: readonly number[], size: number): number {
  return size / quantile(seconds, 0.5)
}

async function gradientError(cpu: Rung, rungs: readonly Rung[], batch: Batch): Promise<number> {
  const weights = initialWeights(SEED, ARCHITECTURE)
  const wanted = (await cpu.networks.with(weights, ARCHITECTURE).gradient(batch, 'all')).values
  let greatest = 0
  for (const { networks } of rungs) {
    const { values } = await networks.with(weights, ARCHITECTURE).gradient(batch, 'all')
    for (const { offset, length } of layoutOf(ARCHITECTURE)) {
      let [difference, largest] = [0, Number.MIN_VALUE]
      for (let index = offset; index < offset + length; index++) {
        difference = Math.max(difference, Math.abs((values[index] ?? NaN) - (wanted[index] ?? NaN)))
        largest = Math.max(largest, Math.abs(wanted[index] ?? NaN))
      }
      greatest = Math.max(greatest, difference / largest)
    }
  }
  return greatest
}
