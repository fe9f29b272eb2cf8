import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import { createLearning } from '../../../server/learning/create-learning.ts'
import { LearningError } from '../../../server/learning/errors.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { CheckpointMade, ServedModel } from '../../../server/learning/rpc.ts'
import type { Guess } from '../../../server/learning/service.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, digest, labelLogOf, learnOneByOne, openDriven, untilQuiet, type Driven } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 3)
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(sketches, words, 4).map((drawing): LoggedDrawing => ({ ...drawing, split: 'train' }))
/** Small batches: these tests are about what happens, not about how well. */
const settings = { ...defaultTrainingSettings, batchSize: 8, stepsPerArrival: 2 }

interface Taken extends CheckpointMade {
  readonly served: ServedModel
}

let backend: Backend
/** One training's checkpoints: after the first six drawings, and after nine. */
let early: Taken
let late: Taken
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
  const { project } = await openDriven(backend, { classIds, settings })
  await learnOneByOne(project, log.slice(0, 6))
  early = { ...project.checkpoint(), served: project.served() }
  await learnOneByOne(project, log.slice(6, 9))
  late = { ...project.checkpoint(), served: project.served() }
}, 120_000)

/** What guesses follow from: everything of a served model but the number of its version. */
function guessing({ model, ...rest }: ServedModel): unknown {
  return digest({ ...rest, model: { ...model, version: 0 } })
}

function stateOf(blob: Uint8Array): unknown {
  return digest(decodeCheckpoint(blob))
}

/** The training where it was when `late` was written. */
function openLate(): Promise<Driven> {
  return openDriven(backend, { classIds, settings, checkpoint: late.blob }, log.slice(0, 9))
}

async function refusedDamage(project: ProjectTrainer, blob: Uint8Array): Promise<void> {
  const error: unknown = await project.restore(blob).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(LearningError)
  expect(error).toMatchObject({ code: 'checkpoint-damaged' })
}

describe('going back to a checkpoint', () => {
  test('[CKPT-3] back and then forward, each state is the one that was written, to the bit', async () => {
    const { project, published } = await openLate()
    expect(late.step).toBeGreaterThan(early.step)
    expect(guessing(late.served)).not.toEqual(guessing(early.served))
    await project.restore(early.blob)
    expect(guessing(project.served())).toEqual(guessing(early.served))
    expect(project.status(0)).toMatchObject({ step: early.step, loss: early.loss, pending: 0 })
    expect(project.work()).toBeNull()
    await project.restore(late.blob)
    expect(guessing(project.served())).toEqual(guessing(late.served))
    const versions = published.map(({ served }) => served.model.version)
    const { version } = late.served.model
    expect(versions).toEqual([version + 1, version + 2])
    const state = decodeCheckpoint(project.checkpoint().blob)
    const wanted = decodeCheckpoint(late.blob)
    for (const part of ['weights', 'average', 'optimiser'] as const)
      expect(digest(state[part])).toEqual(digest(wanted[part]))
  })

  test('[CKPT-4] what waited to be learned from is in the replay, and the weights stay until the next label', async () => {
    const { project } = await openLate()
    project.receive(log.slice(9, 11))
    await project.restore(early.blob)
    expect(project.work()).toBeNull()
    const { trainedTo, blob } = project.checkpoint()
    expect(trainedTo).toBe(6)
    expect(decodeCheckpoint(blob)).toMatchObject({ position: 11, learnedTo: 6, step: early.step })
    // A restart from the roll back goes on as this one does, with the same drawings in its replay.
    const again = await openDriven(backend, { classIds, settings, checkpoint: blob }, log.slice(0, 11))
    expect(again.project.work()).toBeNull()
    for (const one of [project, again.project]) {
      one.receive(log.slice(11))
      await untilQuiet(one)
    }
    expect(project.checkpoint().trainedTo).toBe(12)
    expect(stateOf(again.project.checkpoint().blob)).toEqual(stateOf(project.checkpoint().blob))
  })

  test('[CKPT-5] classes, settings and the pause stay those of now', async () => {
    const { project } = await openLate()
    await project.setClasses(['class0', 'class2', 'class9'])
    project.receive([{ ...log[0], id: 'new', seq: 20, classId: 'class9' } as LoggedDrawing])
    await untilQuiet(project)
    project.configure({ ...settings, batchSize: 16 })
    project.setPaused(true)
    await project.restore(early.blob)
    const { model } = project.served()
    expect(model.classIds).toEqual(['class0', 'class2', 'class9'])
    expect(project.checkpoint().classIds).toEqual(model.classIds)
    expect(project.status(0)).toMatchObject({ phase: { state: 'paused' }, settings: { batchSize: 16 } })
  })

  test('[CKPT-6] a checkpoint that is damaged or another project’s changes nothing', async () => {
    const { project } = await openLate()
    const served = digest(project.served())
    const damaged = early.blob.slice()
    damaged[900] = (damaged[900] ?? 0) ^ 1
    await refusedDamage(project, damaged)
    const other = await openDriven(backend, { projectId: 'q', classIds, settings })
    await refusedDamage(project, other.project.checkpoint().blob)
    expect(digest(project.served())).toEqual(served)
    expect(stateOf(project.checkpoint().blob)).toEqual(stateOf(late.blob))
  })

  test('[CKPT-7] a checkpoint that was written before roll backs, or in format 1, is read', () => {
    const wanted = stateOf(late.blob)
    const before = rewritten(late.blob, 2, (header) => without(header, ['learnedTo']))
    expect(new TextDecoder().decode(before)).not.toContain('learnedTo')
    expect(stateOf(before)).toEqual(wanted)
    const first = rewritten(late.blob, 1, inFirstFormat)
    expect(new TextDecoder().decode(first)).not.toMatch(/optimiser|family|rateFactor/)
    expect(stateOf(first)).toEqual({
      ...Object(wanted),
      consolidated: null,
      headSteps: 0,
      stepsSinceRollBack: 0,
    })
    expect(() => decodeCheckpoint(rewritten(late.blob, 1, (header) => header))).toThrow('unreadable header')
  })

  test('[CKPT-7] a training goes on from one of format 1', async () => {
    const checkpoint = new Uint8Array(rewritten(late.blob, 1, inFirstFormat))
    const { project } = await openDriven(backend, { classIds, settings, checkpoint }, log.slice(0, 9))
    const same = await openLate()
    for (const one of [project, same.project]) {
      one.receive(log.slice(9))
      await untilQuiet(one)
    }
    const [a, b] = [project, same.project].map((one) => decodeCheckpoint(one.checkpoint().blob))
    expect(digest(a?.weights)).toEqual(digest(b?.weights))
    expect(digest(a?.optimiser)).toEqual(digest(b?.optimiser))
  })
})

type Header = Readonly<Record<string, unknown>>

function without(header: Header, names: readonly string[]): Header {
  return Object.fromEntries(Object.entries(header).filter(([name]) => !names.includes(name)))
}

/** What servers wrote that knew one optimiser, one network and few settings. */
function inFirstFormat(header: Header): Header {
  const { optimiser, settings: all, served, practice } = header as Record<string, Header>
  const { beta1Power, beta2Power } = optimiser ?? {}
  const { learningRate, batchSize, stepsPerArrival } = all ?? {}
  const later = ['optimiser', 'family', 'rateFactor', 'rollBacks', 'stepsSinceRollBack', 'headSteps']
  return {
    ...without(header, [...later, 'consolidated', 'notice', 'job']),
    adam: { beta1Power, beta2Power },
    settings: { learningRate, batchSize, stepsPerArrival },
    served: { ...served, model: without(served?.['model'] as Header, ['family']) },
    practice: without(practice ?? {}, ['ms']),
  }
}

/** A checkpoint with another format and a shorter header; its bytes are described in learning/checkpoint.ts. */
function rewritten(blob: Uint8Array, format: number, change: (header: Header) => Header): Uint8Array {
  const start = 48
  const end = start + new DataView(blob.buffer, blob.byteOffset, blob.byteLength).getUint32(8, true)
  const header = JSON.parse(new TextDecoder().decode(blob.subarray(start, end))) as Header
  const text = new TextEncoder().encode(JSON.stringify(change(header)).padEnd(end - start))
  const old = blob.slice()
  old.set(text, start)
  new DataView(old.buffer).setUint32(4, format, true)
  old.set(createHash('sha256').update(old.subarray(start)).digest(), 16)
  return old
}

describe('measuring checkpoints', () => {
  const aside = labelLogOf(sketches, words, 14).map((drawing, index): LoggedDrawing => ({
    ...drawing,
    seq: 100 + index,
    id: `aside${drawing.id}`,
    split: index % 2 === 0 ? 'test' : 'validation',
  }))

  test('[CKPT-8] two are measured on the same drawings kept aside, class by class', async () => {
    const { project } = await openLate()
    project.receive(aside)
    await untilQuiet(project)
    const before = stateOf(project.checkpoint().blob)
    const [a, b] = await project.assess([early.blob, late.blob])
    const test = aside.filter(({ split }) => split === 'test')
    for (const report of [a, b]) {
      expect(report?.drawings).toBe(test.length)
      expect(report?.perClass.map(({ classId }) => classId)).toEqual(classIds)
      for (const { classId, of } of report?.perClass ?? [])
        expect(of).toBe(test.filter((drawing) => drawing.classId === classId).length)
      const right = report?.perClass.reduce((sum, one) => sum + one.right, 0)
      expect(report?.accuracy).toMatchObject({ right, of: test.length, kind: 'test' })
      expect(report?.surprise).toBeGreaterThan(0)
    }
    expect(a?.surprise).not.toBe(b?.surprise)
    expect(stateOf(project.checkpoint().blob)).toEqual(before)
    // The newest state measured itself on the same drawings.
    const [now] = await project.assess([project.checkpoint().blob])
    const own = project.status(0).accuracy
    expect(now?.accuracy?.of).toBe(own?.of)
  })

  test('[CKPT-9] a class that a checkpoint does not know counts as wrong; surprise is on what both know', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.filter(({ classId }) => classId !== 'class2').slice(0, 4))
    await untilQuiet(project)
    const two = project.checkpoint().blob
    project.receive(log.filter(({ classId }) => classId === 'class2'))
    const few = aside.filter(({ split }) => split === 'test').slice(0, 8)
    const more = aside.filter(({ split }) => split === 'validation').slice(0, 6)
    project.receive([...few, ...more])
    await untilQuiet(project)
    const [a, b] = await project.assess([two, project.checkpoint().blob])
    expect(a?.drawings).toBe(few.length + more.length)
    expect(b?.drawings).toBe(few.length + more.length)
    const third = a?.perClass.find(({ classId }) => classId === 'class2')
    expect(third?.right).toBe(0)
    expect(third?.of).toBeGreaterThan(0)
    const [alone] = await project.assess([two])
    expect(alone?.surprise).toBe(a?.surprise)
    expect(b?.surprise).not.toBeNull()
    const fresh = await openDriven(backend, { classIds, settings })
    expect(await fresh.project.assess([fresh.project.checkpoint().blob])).toEqual([
      { drawings: 0, accuracy: null, surprise: null, perClass: [] },
    ])
  })
})

test('[CKPT-3] the service guesses as the checkpoint did, to the bit, over both threads', async () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const learning = createLearning({ backend: 'wasm', log: silent, clock: { now: Date.now } })
  await learning.ready()
  const start = { projectId: 'p', starter: 'encoder', recipe: 'quickdraw', paused: false, seed: 3 } as const
  await learning.open({ ...start, classIds, settings, checkpoint: null, drawings: [] })
  const seen = (): Promise<Guess<null>> =>
    new Promise((resolve) => {
      const strokes = sketches[90]?.strokes ?? []
      learning.predict('p', { key: 'a', view: () => ({ strokes, tag: null }) }, resolve)
    })
  const learned = async (seq: number): Promise<void> => {
    await vi.waitFor(
      () => {
        expect(learning.model('p')?.trainedTo).toBe(seq)
        expect(learning.status('p')?.phase.state).toBe('idle')
      },
      { timeout: 60_000, interval: 20 },
    )
  }
  for (const drawing of log.slice(0, 6)) learning.learn('p', drawing)
  await learned(6)
  const early = { ...(await learning.checkpoint('p')), guess: await seen() }
  for (const drawing of log.slice(6)) learning.learn('p', drawing)
  await learned(12)
  const late = { ...(await learning.checkpoint('p')), guess: await seen() }
  expect(late.guess.probabilities).not.toEqual(early.guess.probabilities)
  const back = await learning.restore('p', early.blob)
  expect(back.status.step).toBe(early.step)
  expect(learning.model('p')).toEqual(back.model)
  expect((await seen()).probabilities).toEqual(early.guess.probabilities)
  await learning.restore('p', late.blob)
  expect((await seen()).probabilities).toEqual(late.guess.probabilities)
  const [a] = await learning.assess('p', [early.blob])
  expect(a?.drawings).toBe(0)
  await expect(learning.restore('p', early.blob.slice(0, 99))).rejects.toMatchObject({
    code: 'checkpoint-damaged',
  })
  expect((await seen()).probabilities).toEqual(late.guess.probabilities)
  await learning.stop()
})
