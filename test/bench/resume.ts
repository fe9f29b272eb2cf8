import { join } from 'node:path'
import { defaultTrainingSettings, type TrainingSettings } from '../../shared/training/settings.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { runPart } from './load/run-part.ts'
import type { BenchOptions, Figures } from './options.ts'

/** Steps that both trainings make after the checkpoint. */
const MORE_STEPS = 20

const ways: Readonly<Record<string, Partial<TrainingSettings>>> = {
  adam: {},
  sgd: { optimiser: 'sgd', learningRate: 1e-2, schedule: 'one-cycle', layers: 'head-then-all' },
  cnn_deep: { family: 'cnn-deep', weightDecay: 0.01, batchSize: 16 },
}

/**
 * Whether a training that was written to a checkpoint and taken up by another process goes on as one that never stopped:
 * every part of the state after 20 more steps over the same label log, by the hashes of its bits. `--quick`: small
 * batches, and only the settings that rooms begin with.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const folder = temporaryFolder()
  const figures: Figures = {}
  let equal = true
  for (const [name, changes] of Object.entries(ways)) {
    if (quick && name !== 'adam') continue
    const settings = { ...defaultTrainingSettings, ...(quick ? { batchSize: 16 } : {}), ...changes }
    const different = await compare(settings, quick ? 10 : 40, join(folder, name))
    figures[`equal_${name}`] = different.length === 0 ? 1 : 0
    if (different.length > 0) figures[`different_${name}`] = different.join(' ')
    equal &&= different.length === 0
  }
  return { equal: equal ? 1 : 0, ...figures, steps_after: MORE_STEPS }
}

/** The names of the parts of the state that differ. */
async function compare(settings: TrainingSettings, stopAt: number, file: string): Promise<string[]> {
  const untilStep = stopAt + MORE_STEPS
  const start = { settings, from: null, turn: 0 } as const
  const through = await runPart({ ...start, untilStep, to: null })
  const before = await runPart({ ...start, untilStep: stopAt, to: file })
  const after = await runPart({ settings, from: file, turn: before.turn, untilStep, to: null })
  const names = new Set([...Object.keys(through.hashes), ...Object.keys(after.hashes)])
  return [...names].filter((name) => through.hashes[name] !== after.hashes[name])
}
