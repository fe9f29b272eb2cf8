import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import type { TrainingSettings } from '../../../shared/training/settings.ts'
import { layoutOf } from '../../../shared/training/layout.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven, untilQuiet } from './drive.ts'
import { checkedSettings } from '../../../server/learning/trainer/usable-settings.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 3)
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(sketches, words, 6).map((drawing): LoggedDrawing => ({ ...drawing, split: 'train' }))

/** Small batches and little practice: these tests are about what happens, not about how well. */
function settingsWith(settings: Partial<TrainingSettings>): TrainingSettings {
  return checkedSettings({
    learningRate: 1e-3,
    batchSize: 8,
    stepsPerArrival: 2,
    stop: { kind: 'patience', evaluations: 1 },
    ...settings,
  })
}

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

async function untilLearned(project: ProjectTrainer): Promise<void> {
  while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
}

describe('when it learns', () => {
  test('[LEARN-43] arrivals gather without practice until there are enough of them', async () => {
    const settings = settingsWith({ when: { kind: 'labels', labels: 4 } })
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 3))
    expect(project.work()).toBeNull()
    expect(project.status(0)).toMatchObject({
      phase: { state: 'gathering', waiting: 3, left: { kind: 'labels', labels: 1 } },
      pending: 3,
      step: 0,
    })
    project.receive(log.slice(3, 4))
    await untilLearned(project)
    expect(project.served().model.trainedTo).toBe(4)
    expect(project.work()).toBe('practice')
    project.receive(log.slice(4, 5))
    // What waits holds up the practice, too.
    expect(project.work()).toBeNull()
    expect(project.served().model.trainedTo).toBe(4)
  })

  test('[LEARN-43] time alone brings them to be learned from', async () => {
    const clock = { ms: 0 }
    const settings = settingsWith({ when: { kind: 'minutes', minutes: 1 } })
    const { project } = await openDriven(backend, { classIds, settings }, [], undefined, () => clock.ms)
    project.receive(log.slice(0, 2))
    clock.ms = 45_000
    expect(project.work()).toBeNull()
    expect(project.dueIn()).toBe(15_000)
    expect(project.status(0).phase).toMatchObject({ left: { kind: 'time', ms: 15_000 } })
    project.setPaused(true)
    expect(project.dueIn()).toBeNull()
    project.setPaused(false)
    clock.ms = 60_000
    expect(project.work()).toBe('arrival')
  })

  test('[LEARN-43] over a restart the minutes go on from the first label, and a press holds', async () => {
    const settings = settingsWith({ when: { kind: 'minutes', minutes: 10 }, stepsPerArrival: 1 })
    const labelled = log.slice(0, 12).map((drawing) => ({ ...drawing, at: 1_000_000 + 1_000 * drawing.seq }))
    const open = (minutes: number, checkpoint: Uint8Array<ArrayBuffer> | null) =>
      openDriven(backend, { classIds, settings, checkpoint }, labelled, undefined, () => 5, {
        wallClock: () => 1_000_000 + 60_000 * minutes,
      })
    const { project } = await open(4, null)
    expect(project.dueIn()).toBe(6 * 60_000 + 1_000)
    expect((await open(9, project.checkpoint().blob)).project.dueIn()).toBe(60_000 + 1_000)
    expect((await open(11, project.checkpoint().blob)).project.work()).toBe('arrival')
    // A clock that was set back lets nothing wait for longer than the settings say.
    expect((await open(-60, null)).project.dueIn()).toBe(10 * 60_000)
    project.now()
    await project.advance()
    expect(project.status(0)).toMatchObject({ pending: 2, step: 1 })
    const again = await open(5, project.checkpoint().blob)
    expect(again.project.work()).toBe('arrival')
    await untilLearned(again.project)
    expect(again.project.served().model.trainedTo).toBe(12)
  })

  test('[LEARN-44] a press, or another setting, has them learned from at once', async () => {
    const settings = settingsWith({ when: { kind: 'button' } })
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 3))
    expect(project.status(0).phase).toMatchObject({ state: 'gathering', left: { kind: 'button' } })
    project.now()
    await untilLearned(project)
    expect(project.served().model.trainedTo).toBe(3)
    project.receive(log.slice(3, 6))
    expect(project.work()).toBeNull()
    project.configure(settingsWith({}))
    await untilLearned(project)
    expect(project.served().model.trainedTo).toBe(6)
  })
})

describe('what of the network it trains', () => {
  /** Whether body and head are other values than before. */
  const moved = (before: Float32Array, after: Float32Array): { body: boolean; head: boolean } => {
    const differs = (part: 'body' | 'head'): boolean =>
      layoutOf({ family: 'cnn', classes: classIds.length }).some(
        (slice) =>
          slice.part === part &&
          before
            .subarray(slice.offset, slice.offset + slice.length)
            .some((value, index) => value !== after[slice.offset + index]),
      )
    return { body: differs('body'), head: differs('head') }
  }

  test('[LEARN-49] the head alone, or it alone for as long as a class is new', async () => {
    const settings = settingsWith({ layers: 'head' })
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 3))
    await project.advance()
    const first = project.parts.state.weights.slice()
    await project.advance()
    expect(moved(first, project.parts.state.weights)).toEqual({ body: false, head: true })

    const later = await openDriven(backend, {
      classIds,
      settings: settingsWith({ layers: 'head-then-all', stepsPerArrival: 4 }),
    })
    later.project.receive(log.slice(0, 3))
    // Three arrivals' steps for the head.
    expect(later.project.work()).toBe('arrival')
    await later.project.advance()
    expect(later.project.parts.state.headSteps).toBe(3 * 4 - 1)
    const begun = later.project.parts.state.weights.slice()
    while (later.project.work() !== null && later.project.parts.state.headSteps > 0)
      await later.project.advance()
    expect(moved(begun, later.project.parts.state.weights)).toEqual({ body: false, head: true })
    await later.project.advance()
    expect(moved(begun, later.project.parts.state.weights)).toEqual({ body: true, head: true })
  })
})

test('[LEARN-47] practice goes on for the epochs that are set, and wakes when they become more', async () => {
  const stop = { kind: 'epochs', epochs: 2 } as const
  const { project } = await openDriven(backend, { classIds, settings: settingsWith({ stop }) })
  project.receive(log.slice(0, 9))
  await untilQuiet(project)
  expect(project.status(0).step).toBe(2 + 2 * 2)
  project.configure(settingsWith({ stop: { kind: 'epochs', epochs: 3 } }))
  await untilQuiet(project)
  expect(project.status(0).step).toBe(2 + 3 * 2)
})

test('[LEARN-50] settings change while it trains; another optimiser goes on from the same weights', async () => {
  const { project } = await openDriven(backend, { classIds, settings: settingsWith({}) })
  project.receive(log.slice(0, 3))
  await project.advance()
  const { weights } = project.parts.state
  project.configure(settingsWith({ optimiser: 'sgd', learningRate: 0.05, momentum: 0.5, weightDecay: 0.01 }))
  expect(project.parts.state.weights).toBe(weights)
  await untilQuiet(project)
  const { optimiser, loss } = project.parts.state
  expect(optimiser.kind).toBe('sgd')
  expect(loss).toBeLessThan(2)
  // The settings are part of what a checkpoint holds, and of what it goes on with.
  const { blob } = project.checkpoint()
  const { settings } = project.parts.state
  const again = await openDriven(backend, { classIds, settings, checkpoint: blob }, log.slice(0, 3))
  expect(again.project.parts.state.optimiser.kind).toBe('sgd')
})

test('[LEARN-51] a class that is merged into another leaves no drawing behind, and the other keeps its column', async () => {
  const settings = settingsWith({})
  const { project } = await openDriven(backend, { classIds, settings })
  project.receive(log.slice(0, 9))
  await untilQuiet(project)
  const before = project.served()
  // As a merge arrives: its drawings as the other class's, and the class gone.
  const merged = log
    .slice(0, 9)
    .filter(({ classId }) => classId === 'class1')
    .map((drawing, index): LoggedDrawing => ({ ...drawing, seq: 100 + index, classId: 'class0' }))
  project.receive(merged)
  const left = classIds.filter((id) => id !== 'class1')
  const model = await project.setClasses(left)
  expect(model.classIds).toEqual(left)
  const kept = headColumn(before.weights, 3, 0)
  expect(headColumn(project.served().weights, 2, 0)).toEqual(kept)
  await untilQuiet(project)
  const { replay } = project.parts
  expect(replay.trainingOf('class0').map(({ id }) => id)).toEqual(
    expect.arrayContaining(['d0x0', 'd0x1', 'd0x2', 'd1x0', 'd1x1', 'd1x2']),
  )
  expect(replay.training).toBe(9)
  expect(project.served().model).toMatchObject({ classIds: left, trainedTo: 102 })
  // Drawings that only changed their class were guessed before they were first learned from.
  expect(project.status(0).accuracy?.of).toBe(9)
})

function headColumn(weights: Float32Array, classes: number, column: number): number[] {
  const kernel = layoutOf({ family: 'cnn', classes }).find(({ name }) => name === 'head/kernel')
  const { offset = 0 } = kernel ?? {}
  return Array.from({ length: 128 }, (_, unit) => weights[offset + unit * classes + column] ?? 0)
}

test('[LEARN-52] the status tells steps and samples a second, the queue, and what the backend holds', async () => {
  const { project } = await openDriven(backend, { classIds, settings: settingsWith({}) })
  expect(project.status(0)).toMatchObject({ stepsPerSecond: null, samplesPerSecond: null, notice: null })
  project.receive(log.slice(0, 3))
  await untilLearned(project)
  const { stepsPerSecond, samplesPerSecond, memory, queue } = project.status(1, 2)
  expect(samplesPerSecond).toBeGreaterThan(0)
  expect((samplesPerSecond ?? 0) / (stepsPerSecond ?? 1)).toBeCloseTo(8, 0)
  expect(queue).toBe(2)
  expect(memory.tensors).toBeGreaterThan(0)
})
