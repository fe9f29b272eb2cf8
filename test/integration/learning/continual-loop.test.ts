import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { weightCount } from '../../../shared/training/layout.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, digest, labelLogOf, learnOneByOne, openDriven, untilQuiet } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 4)
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(sketches, words, 5)
/** Small batches: these tests are about what happens, not about how well. */
const settings = { ...defaultTrainingSettings, batchSize: 8, stepsPerArrival: 2 }

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

describe('the continual loop', () => {
  test('[LEARN-10] a training that is stopped and resumed equals one that never was, to the bit', async () => {
    const through = await openDriven(backend, { classIds, settings })
    await learnOneByOne(through.project, log)
    const first = await openDriven(backend, { classIds, settings })
    await learnOneByOne(first.project, log.slice(0, 10))
    const { blob } = first.project.checkpoint()
    const second = await openDriven(backend, { classIds, settings, checkpoint: blob }, log.slice(0, 10))
    expect(digest(second.project.served())).toEqual(digest(first.project.served()))
    await learnOneByOne(second.project, log.slice(10))
    const whole = decodeCheckpoint(through.project.checkpoint().blob)
    expect(whole.step).toBeGreaterThan(10 * settings.stepsPerArrival)
    expect(digest(decodeCheckpoint(second.project.checkpoint().blob))).toEqual(digest(whole))
  })

  test('[LEARN-10] a checkpoint between two steps of a group goes on with the rest of it', async () => {
    const through = await openDriven(backend, { classIds, settings })
    through.project.receive(log)
    await untilQuiet(through.project)
    const first = await openDriven(backend, { classIds, settings })
    first.project.receive(log)
    await first.project.advance()
    const { blob, step } = first.project.checkpoint()
    expect(step).toBe(1)
    const second = await openDriven(backend, { classIds, settings, checkpoint: blob }, log)
    await untilQuiet(second.project)
    expect(digest(decodeCheckpoint(second.project.checkpoint().blob))).toEqual(
      digest(decodeCheckpoint(through.project.checkpoint().blob)),
    )
  })

  test('[LEARN-10] so it is where a class was removed while its drawings were learned from', async () => {
    const left = classIds.slice(0, 3)
    // An epoch is as long as what trains: a class that is gone must not count.
    const epochs = { ...settings, stop: { kind: 'epochs', epochs: 4 } } as const
    const through = await openDriven(backend, { classIds, settings: epochs })
    through.project.receive(log)
    await through.project.advance()
    await through.project.setClasses(left)
    const { blob } = through.project.checkpoint()
    const now = log.map((drawing) => (drawing.classId === 'class3' ? { ...drawing, classId: null } : drawing))
    const second = await openDriven(backend, { classIds: left, settings: epochs, checkpoint: blob }, now)
    expect(through.project.work()).toBe('group')
    for (const { project } of [through, second]) await untilQuiet(project)
    expect(digest(decodeCheckpoint(second.project.checkpoint().blob))).toEqual(
      digest(decodeCheckpoint(through.project.checkpoint().blob)),
    )
  })

  test('[LEARN-11] a class joins with its first drawing, at once able to be guessed, and leaves with its column', async () => {
    const { project, published } = await openDriven(backend, { classIds, settings })
    expect(project.served().model.classIds).toEqual([])
    project.receive(log.slice(0, 1))
    await untilQuiet(project)
    expect(project.served().model).toMatchObject({ classIds: ['class0'], trainedTo: 1, step: 0 })
    project.receive(log.slice(1, 4))
    await untilQuiet(project)
    expect(project.served().model.classIds).toEqual(classIds)
    const model = await project.setClasses(classIds.filter((id) => id !== 'class1'))
    expect(model.classIds).toEqual(['class0', 'class2', 'class3'])
    expect(project.served().weights).toHaveLength(weightCount({ family: 'cnn', classes: 3 }))
    expect(published.at(-1)?.served.model).toEqual(model)
    const versions = published.map(({ served }) => served.model.version)
    expect(versions).toEqual(versions.map((_, index) => 2 + index))
  })

  test('[LEARN-12] a label wakes the training, which sleeps when nothing is left to gain', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 8))
    expect(project.work()).toBe('arrival')
    await untilQuiet(project)
    const { step, phase } = project.status(0)
    expect(phase).toEqual({ state: 'idle' })
    expect(step).toBeGreaterThan(settings.stepsPerArrival)
    expect(step).toBeLessThanOrEqual(settings.stepsPerArrival + 60)
    project.receive(log.slice(8, 9))
    expect(project.work()).toBe('arrival')
  })

  test('[LEARN-13] a paused training takes no step and loses no arrival', async () => {
    const { project } = await openDriven(backend, { classIds, settings, paused: true })
    project.receive(log.slice(0, 3))
    expect(project.work()).toBeNull()
    expect(project.status(0)).toMatchObject({ phase: { state: 'paused' }, pending: 3, step: 0 })
    project.setPaused(false)
    await untilQuiet(project)
    expect(project.served().model.trainedTo).toBe(3)
    expect(project.status(0).pending).toBe(0)
  })

  test('[LEARN-14] a withdrawn drawing and one without a class are not learned from', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 2).map((drawing) => ({ ...drawing, classId: null })))
    await untilQuiet(project)
    expect(project.served().model.classIds).toEqual([])
    expect(project.status(0)).toMatchObject({ step: 0, pending: 0, accuracy: null })
  })

  test('[LEARN-15] each drawing is guessed before it is learned from', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    await learnOneByOne(project, log.slice(0, 12))
    const { accuracy } = project.status(0)
    expect(accuracy).toMatchObject({ kind: 'prequential', of: 12 })
    // The first drawing of each class cannot be known.
    expect(accuracy?.right).toBeLessThanOrEqual(8)
  })

  test('[LEARN-16] no step leaves a tensor behind', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 8))
    await untilQuiet(project)
    const before = backend.memory().tensors
    project.receive(log.slice(8, 16))
    await untilQuiet(project)
    expect(backend.memory().tensors).toBe(before)
  })
})

describe('a damaged checkpoint', () => {
  test('[LEARN-17] is refused with what is wrong about it', async () => {
    const { project } = await openDriven(backend, { classIds, settings })
    const { blob } = project.checkpoint()
    const with_ = (change: (bytes: Uint8Array) => Uint8Array): Uint8Array => change(blob.slice())
    const cases: [Uint8Array, string][] = [
      [with_((bytes) => bytes.subarray(0, 20)), 'cut short: 20 bytes'],
      [with_((bytes) => bytes.subarray(0, -4)), 'cut short or too long'],
      [with_((bytes) => bytes.fill(0, 0, 4)), 'first four bytes'],
      [with_((bytes) => bytes.fill(9, 4, 5)), 'format 9'],
      [with_((bytes) => bytes.fill(0xff, 9_000, 9_004)), 'checksum'],
    ]
    for (const [bytes, reason] of cases) expect(() => decodeCheckpoint(bytes)).toThrow(reason)
    await expect(openDriven(backend, { projectId: 'other', checkpoint: blob })).rejects.toMatchObject({
      code: 'checkpoint-damaged',
    })
  })
})
