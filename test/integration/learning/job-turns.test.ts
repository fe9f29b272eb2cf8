import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { Publication } from '../../../server/learning/rpc.ts'
import { loadExemplars } from '../../../server/learning/starter/load-exemplars.ts'
import { JobDigits } from '../../../server/learning/trainer/job-digits.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import { TrainingLoop } from '../../../server/learning/trainer/loop.ts'
import { rasterise } from '../../../shared/raster/rasterise.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'
import type { JobPlan } from '../../../shared/training/status.ts'
import { loadDigits, loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven } from './drive.ts'

const words = ['apple', 'fish', 'star']
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(loadSketches(), words, 10).map((drawing): LoggedDrawing => ({
  ...drawing,
  split: 'train',
}))
const settings: TrainingSettings = {
  ...defaultTrainingSettings,
  batchSize: 8,
  stepsPerArrival: 1,
  stop: { kind: 'epochs', epochs: 4 },
}
const byHand = { mnist: false, promote: 'hand' } as const

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

const folder = mkdtempSync(join(tmpdir(), 'digits-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The fixture's digits as MNIST's training files. */
function writeDigits(): number {
  const digits = loadDigits().filter((_, index) => index % 10 === 0)
  const images = digits.flatMap(({ strokes }) =>
    [...rasterise(strokes, 'mnist')].map((ink) => Math.round(255 * ink)),
  )
  const header = (...sizes: number[]): number[] => [
    ...[0, 0, 8, sizes.length],
    ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]),
  ]
  writeFileSync(
    join(folder, 'train-images-idx3-ubyte'),
    Uint8Array.from([...header(digits.length, 28, 28), ...images]),
  )
  const labels = digits.map(({ label }) => Number(label))
  writeFileSync(
    join(folder, 'train-labels-idx1-ubyte'),
    Uint8Array.from([...header(digits.length), ...labels]),
  )
  return digits.length
}

describe('full trainings beside the loop', () => {
  test('[JOB-11] of two projects go on at once; an arrival is learned from before their next step', async () => {
    /** What both jobs had done when an arrival came, and when it was learned from. */
    const before: number[] = []
    const after: number[] = []
    let learned = 0
    let practised = false
    // Looked at as it is published: what a test polls it sees too late.
    const publish = ({ served }: Publication): Promise<void> => {
      if (served.model.trainedTo === 1000 + after.length) {
        after.push(stepsOf(a) + stepsOf(b))
        learned = served.model.step
      }
      return Promise.resolve()
    }
    const changed = (): void => {
      if (after.length > 0 && a.project.status(0).step > learned && b.project.jobs.active) practised = true
    }
    const start = { projectId: 'a', classIds, settings }
    const a = await openDriven(backend, start, log, undefined, undefined, { publish, changed })
    const b = await openDriven(backend, { projectId: 'b', classIds, settings }, log)
    const failures: unknown[] = []
    const loop = new TrainingLoop((_, error) => failures.push(error))
    for (const { project } of [a, b]) {
      while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
      loop.add(project)
      project.jobs.start(byHand)
    }
    const stepsOf = ({ project }: typeof a): number => {
      const { job } = project.status(0)
      return job && job.state !== 'waiting' ? job.progress.step : 0
    }
    const running = loop.run()
    await expect.poll(() => stepsOf(a), { timeout: 30_000, interval: 1 }).toBeGreaterThan(4)
    for (let round = 0; round < 5; round++) {
      await loop.between(() => {
        before.push(stepsOf(a) + stepsOf(b))
        a.project.receive([{ ...log[0], id: `new${String(round)}`, seq: 1000 + round } as LoggedDrawing])
      })
      await expect.poll(() => after.length, { timeout: 30_000, interval: 1 }).toBe(round + 1)
    }
    expect(after).toEqual(before)
    expect(a.project.jobs.active && b.project.jobs.active).toBe(true)
    await expect.poll(() => a.project.jobs.active || b.project.jobs.active, { timeout: 60_000 }).toBe(false)
    expect(practised).toBe(true)
    loop.stop()
    await running
    expect(failures).toEqual([])
    expect([a, b].map(({ project }) => project.status(0).job)).toMatchObject([
      { state: 'ended', outcome: 'waits', compared: null },
      { state: 'ended', outcome: 'waits', compared: null },
    ])
  }, 120_000)

  test('[JOB-12] MNIST is trained on too where it is there, and how to name its folder is said where not', async () => {
    const digits = Array.from({ length: 10 }, (_, digit) => classIdOf(digit))
    const start = {
      starter: 'digits',
      recipe: 'mnist',
      classIds: digits,
      starterClasses: digits,
      settings,
    } as const
    const withMnist = { mnist: true, promote: 'hand' } as const
    const without = await openDriven(backend, start)
    expect(() => {
      without.project.jobs.start(withMnist)
    }).toThrow(/--data FOLDER/)
    expect(() => {
      without.project.jobs.start(withMnist)
    }).toThrow(expect.objectContaining({ code: 'no-mnist' }))
    const sketching = await openDriven(backend, { classIds, settings }, log.slice(0, 4))
    expect(() => {
      sketching.project.jobs.start(withMnist)
    }).toThrow(expect.objectContaining({ code: 'no-mnist' }))
    const images = writeDigits()
    const context = { digits: new JobDigits(folder) }
    const plain = await openDriven(backend, start, [], undefined, undefined, context)
    plain.project.jobs.start(byHand)
    await plain.project.jobs.advance()
    const { project } = await openDriven(backend, start, [], undefined, undefined, context)
    project.jobs.start(withMnist)
    await project.jobs.advance()
    const planOf = (one: ProjectTrainer): JobPlan | undefined => one.status(0).job?.plan
    const shipped = loadExemplars().reduce((sum, drawings) => sum + drawings.length, 0)
    expect(planOf(plain.project)).toMatchObject({ drawings: 0, others: shipped })
    expect(planOf(project)).toMatchObject({ drawings: 0, others: shipped + images })
    for (let step = 0; step < 12; step++) await project.jobs.advance()
    const { blob } = project.checkpoint()
    // The files are gone when it goes on: it fails, and says why.
    const lost = await openDriven(backend, { ...start, checkpoint: blob })
    await lost.project.jobs.advance()
    const { job } = lost.project.status(0)
    expect(job?.state === 'ended' && job.outcome).toBe('failed')
    expect(job?.state === 'ended' && job.reason).toContain('DATA_FOLDER')
    const nowhere = new JobDigits(join(folder, 'nothing'))
    expect(() => nowhere.get()).toThrow(/train-images-idx3-ubyte is missing/)
  }, 120_000)
})
