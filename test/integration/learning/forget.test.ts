import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import { createLearning } from '../../../server/learning/create-learning.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven, untilQuiet } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 4)
const classIds = words.map((_, index) => classIdOf(index))
const settings = { ...defaultTrainingSettings, batchSize: 8, stepsPerArrival: 2 }
/** All train but two, so that a deletion concerns what is measured as well. */
const log = labelLogOf(sketches, words, 8).map((drawing, index): LoggedDrawing => ({
  ...drawing,
  split: index === 20 ? 'validation' : index === 21 ? 'test' : 'train',
}))
const gone = ['d0x0', 'd1x2', 'd0x5', 'd1x5', 'd3x7']
const without = log.filter(({ id }) => !gone.includes(id))
const later: LoggedDrawing[] = labelLogOf(sketches, words, 10)
  .slice(-4)
  .map((drawing, index) => ({ ...drawing, id: `late${String(index)}`, seq: 1_000 + index, split: 'train' }))

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

describe('forgetting', () => {
  test('[LEARN-30] from the next step on it is as if the drawings had never been in the log', async () => {
    const first = await openDriven(backend, { classIds, settings })
    first.project.receive(log)
    await untilQuiet(first.project)
    const { blob } = first.project.checkpoint()
    await first.project.forget(gone)
    // One that goes on from the same weights and never knew of them.
    const second = await openDriven(backend, { classIds, settings, checkpoint: blob }, without)
    for (const { project } of [first, second]) {
      project.receive(later)
      await untilQuiet(project)
    }
    const [a, b] = [first, second].map(({ project }) => decodeCheckpoint(project.checkpoint().blob))
    expect(a?.step).toBeGreaterThan(decodeCheckpoint(blob).step)
    expect(a?.weights).toEqual(b?.weights)
    expect(a?.average).toEqual(b?.average)
    expect(a?.measured).toEqual(b?.measured)
  })

  test('[LEARN-31] what waits, and what a group has yet to learn from, goes as well', async () => {
    const { project } = await openDriven(backend, { classIds, settings: { ...settings, stepsPerArrival: 8 } })
    project.receive(log.slice(0, 8))
    await project.advance()
    project.receive(log.slice(8, 12))
    const ids = log.slice(0, 12).map(({ id }) => id)
    const { step } = project.checkpoint()
    await project.forget(ids)
    const { group } = decodeCheckpoint(project.checkpoint().blob)
    expect(group?.newest).toEqual([])
    await untilQuiet(project)
    // Nothing is left to learn from: the group ends without a further step.
    expect(project.checkpoint().step).toBe(step)
    expect(project.status(0)).toMatchObject({ pending: 0, phase: { state: 'idle' } })
  })

  test('[LEARN-32] the trainer’s thread forgets, also for a project that it does not have open', async () => {
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const learning = createLearning({ backend: 'wasm', log: silent, clock: { now: Date.now } })
    try {
      await learning.ready()
      const start = {
        projectId: 'p',
        starter: 'encoder',
        recipe: 'quickdraw',
        classIds,
        settings: defaultTrainingSettings,
        paused: true,
        seed: 3,
        checkpoint: null,
        drawings: log,
      } as const
      const { status } = await learning.open(start)
      expect(status.pending).toBe(log.length)
      await learning.forget('p', gone)
      expect((await learning.configure('p', defaultTrainingSettings)).pending).toBe(without.length)
      await learning.forget('nobody', gone)
    } finally {
      await learning.stop()
    }
  })
})
