import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend, Gradient, Network } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import { checkedSettings } from '../../../server/learning/trainer/usable-settings.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven, untilQuiet } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 3)
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(sketches, words, 6).map((drawing): LoggedDrawing => ({ ...drawing, split: 'train' }))
const settings = checkedSettings({
  learningRate: 1e-3,
  batchSize: 8,
  stepsPerArrival: 2,
  stop: { kind: 'patience', evaluations: 1 },
})

let real: Backend
beforeAll(async () => {
  real = await openBackend('wasm', () => undefined)
})

/** A backend whose gradients, by how many were asked for before, and logits are spoilt as the test says. */
function spoilt(
  how: (asked: number, gradient: Gradient) => Gradient,
  guesses: (logits: Float32Array) => Float32Array = (logits) => logits,
): Backend {
  let asked = 0
  const wrap = (network: Network): Network => ({
    architecture: network.architecture,
    setWeights: (weights) => {
      network.setWeights(weights)
    },
    logits: async (pixels, size) => guesses(await network.logits(pixels, size)),
    embed: (pixels, size) => network.embed(pixels, size),
    gradient: async (batch, trained) => how(asked++, await network.gradient(batch, trained)),
    dispose: () => {
      network.dispose()
    },
  })
  return {
    name: real.name,
    description: real.description,
    network: (architecture) => wrap(real.network(architecture)),
    memory: () => real.memory(),
  }
}

const withoutNumber = (gradient: Gradient): Gradient => ({ ...gradient, loss: NaN })

function isUsable(project: ProjectTrainer): boolean {
  const { weights, average, loss } = project.parts.state
  return [weights, average].every((values) => values.every(Number.isFinite)) && !Number.isNaN(loss)
}

describe('a loss that is no number', () => {
  test('[LEARN-62] goes back to the weights that serve, at half the rate, and says so', async () => {
    const backend = spoilt((asked, gradient) => (asked === 3 ? withoutNumber(gradient) : gradient))
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 3))
    await project.advance()
    await project.advance()
    const good = project.served()
    expect(project.work()).toBe('practice')
    await project.advance()
    expect(project.parts.state.weights).not.toEqual(good.weights)
    await project.advance()
    const { state } = project.parts
    for (const values of [state.weights, state.average]) expect(sumOf(values)).toBe(sumOf(good.weights))
    expect(project.status(0).notice).toEqual({ kind: 'rolled-back', step: 3, learningRate: 5e-4 })
    expect(state.step).toBe(4)
    await untilQuiet(project)
    expect(project.status(0)).toMatchObject({ phase: { state: 'idle' }, notice: { kind: 'rolled-back' } })
    expect(project.parts.state).toMatchObject({ rateFactor: 0.5, rollBacks: 0 })
    // A restart goes on at that rate; other settings begin at theirs.
    const { blob } = project.checkpoint()
    const again = await openDriven(real, { classIds, settings, checkpoint: blob }, log.slice(0, 3))
    expect(again.project.parts.state.rateFactor).toBe(0.5)
    expect(again.project.status(0).notice).toMatchObject({ kind: 'rolled-back', learningRate: 5e-4 })
    again.project.configure({ ...settings, learningRate: 2e-3 })
    expect(again.project.parts.state.rateFactor).toBe(1)
    expect(again.project.status(0).notice).toBeNull()
  })

  test('[LEARN-62] nor are weights published that a step has driven beyond all use', async () => {
    const backend = spoilt((asked, gradient) =>
      asked === 1 ? { ...gradient, values: gradient.values.map(() => 3e38) } : gradient,
    )
    const wild = { ...settings, optimiser: 'sgd' as const, learningRate: 0.1, momentum: 0.99 }
    const { project, published } = await openDriven(backend, { classIds, settings: wild })
    project.receive(log.slice(0, 3))
    await untilQuiet(project)
    expect(isUsable(project)).toBe(true)
    expect(published.length).toBeGreaterThan(0)
    expect(project.status(0).notice).toMatchObject({ kind: 'rolled-back' })
    for (const { served } of published)
      expect(served.weights.every((weight) => Math.abs(weight) < 100)).toBe(true)
  })

  test('[LEARN-62] a gradient beyond all measure leaves every checkpoint usable', async () => {
    const backend = spoilt((asked, gradient) =>
      asked === 1 ? { ...gradient, values: gradient.values.map(() => 3e38) } : gradient,
    )
    const { project } = await openDriven(backend, { classIds, settings })
    project.receive(log.slice(0, 3))
    for (let step = 0; step < 3; step++) {
      await project.advance()
      expect(() => decodeCheckpoint(project.checkpoint().blob)).not.toThrow()
    }
    expect(project.status(0).notice).toMatchObject({ kind: 'rolled-back', step: 1 })
  })

  test('[LEARN-62] guesses of validation that are no numbers go back, too', async () => {
    let spoil = false
    const backend = spoilt(
      (_, gradient) => gradient,
      (logits) => (spoil ? logits.map(() => NaN) : logits),
    )
    const { project } = await openDriven(backend, { classIds, settings })
    const aside = labelLogOf(sketches, words, 8).map((drawing, index): LoggedDrawing => ({
      ...drawing,
      ...{ id: `aside${drawing.id}`, seq: 100 + index, split: 'validation' },
    }))
    project.receive([...log, ...aside])
    while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
    const { version } = project.served().model
    spoil = true
    for (let step = 0; step < 6; step++) await project.advance()
    spoil = false
    expect(project.status(0).notice).toMatchObject({ kind: 'rolled-back' })
    expect(project.served().model.version).toBe(version)
    expect(decodeCheckpoint(project.checkpoint().blob).practice.best).toBeNull()
    await untilQuiet(project)
    expect(project.served().model.version).toBeGreaterThan(version)
  })

  test('[LEARN-63] five in a row end the training with the reason, until the settings change', async () => {
    let spoil = true
    const backend = spoilt((_, gradient) => (spoil ? withoutNumber(gradient) : gradient))
    const { project } = await openDriven(backend, { classIds, settings: { ...settings, stepsPerArrival: 8 } })
    project.receive(log.slice(0, 3))
    for (let time = 1; time < 5; time++) await project.advance()
    await expect(project.advance()).rejects.toMatchObject({ code: 'diverged' })
    const reason = await project.advance().then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    )
    expect(reason).toContain('The loss was no number')
    project.fail(reason)
    expect(project.status(0).phase).toEqual({ state: 'failed', reason })
    expect(project.work()).toBeNull()
    expect(isUsable(project)).toBe(true)
    spoil = false
    project.configure({ ...settings, learningRate: 1e-4 })
    await untilQuiet(project)
    expect(project.status(0)).toMatchObject({ phase: { state: 'idle' }, notice: null })
    expect(project.served().model.classIds).toEqual(classIds)
  })
})

function sumOf(values: Float32Array): string {
  return createHash('sha256').update(values).digest('hex')
}

describe('labels that teach little', () => {
  test('[LEARN-60] one class alone: nothing is learned, which is said until there is a second', async () => {
    const { project } = await openDriven(real, { classIds, settings })
    project.receive(log.slice(0, 1))
    await untilQuiet(project)
    expect(project.status(0)).toMatchObject({ step: 0, pending: 0, notice: { kind: 'one-class' } })
    expect(project.served().model.classIds).toEqual(['class0'])
    project.receive(log.slice(1, 2))
    await untilQuiet(project)
    expect(project.status(0).notice).toBeNull()
    expect(project.status(0).step).toBeGreaterThan(0)
  })

  test('[LEARN-61] a class with one drawing, in batches larger than all there is', async () => {
    const { project } = await openDriven(real, { classIds, settings: { ...settings, batchSize: 64 } })
    project.receive(log.slice(0, 2))
    await project.advance()
    expect(isUsable(project)).toBe(true)
    expect(project.served().model.classIds).toEqual([])
    await untilQuiet(project)
    expect(project.served().model.classIds).toEqual(['class0', 'class1'])
    expect(isUsable(project)).toBe(true)
  })

  test('[LEARN-64] the newest of labels that disagree holds; the same ink under two names hurts nothing', async () => {
    const { project } = await openDriven(real, { classIds, settings })
    const twice = log
      .slice(0, 3)
      .flatMap((drawing, index): LoggedDrawing[] => [
        drawing,
        { ...drawing, id: `twin${drawing.id}`, seq: 10 + index, classId: classIdOf((index + 1) % 3) },
        { ...drawing, seq: 20 + index, classId: classIdOf((index + 2) % 3) },
      ])
    project.receive(twice)
    await untilQuiet(project)
    const { replay } = project.parts
    expect(replay.training).toBe(6)
    expect(
      replay
        .trainingOf('class2')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['d0x0', 'twind1x0'])
    expect(isUsable(project)).toBe(true)
    expect(project.status(0).loss).toBeGreaterThan(0)
  })

  test('[LEARN-45] drawings without ink are told of and make no class', async () => {
    const { project } = await openDriven(real, { classIds, settings })
    const empty = log.slice(2, 4).map((drawing): LoggedDrawing => ({ ...drawing, strokes: [] }))
    project.receive(log.slice(0, 2))
    project.receive(empty)
    await untilQuiet(project)
    expect(project.served().model.classIds).toEqual(['class0', 'class1'])
    expect(project.status(0)).toMatchObject({ withoutInk: 2, pending: 0, accuracy: { of: 2 } })
    expect(isUsable(project)).toBe(true)
    await project.forget(empty.map(({ id }) => id))
    expect(project.status(0).withoutInk).toBeUndefined()
  })
})

describe('settings and checkpoints that cannot be used', () => {
  test('[LEARN-42] settings out of bounds are refused and change nothing', async () => {
    const { project } = await openDriven(real, { classIds, settings })
    for (const learningRate of [0, NaN, 1e9]) {
      const ask = (): void => {
        project.configure({ ...settings, learningRate })
      }
      expect(ask).toThrow('learningRate')
    }
    expect(project.status(0).settings).toEqual(settings)
  })

  test('[LEARN-42] a project or checkpoint that holds such ones goes on with usable ones', async () => {
    const { project } = await openDriven(real, { classIds, settings: { ...settings, learningRate: 1e9 } })
    expect(project.status(0).settings.learningRate).toBe(0.1)
    const blob = changed(project.checkpoint().blob, (header) => {
      header['settings'] = { ...settings, learningRate: 0, batchSize: 1e6 }
    })
    expect(decodeCheckpoint(blob).settings).toEqual({ ...settings, learningRate: 1e-5, batchSize: 256 })
  })

  test('[LEARN-17] weights in it that are no numbers make it unusable', async () => {
    const { project } = await openDriven(real, { classIds, settings })
    const spoil = (bytes: Uint8Array): void => {
      new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 400, NaN, true)
    }
    const blob = changed(project.checkpoint().blob, () => undefined, spoil)
    expect(() => decodeCheckpoint(blob)).toThrow('no finite numbers')
    await expect(project.restore(blob)).rejects.toMatchObject({ code: 'checkpoint-damaged' })
    expect(isUsable(project)).toBe(true)
  })
})

/** A checkpoint with another header and body that its checksum vouches for; its bytes are told of in learning/checkpoint.ts. */
function changed(
  blob: Uint8Array,
  header: (fields: Record<string, unknown>) => void,
  body: (bytes: Uint8Array) => void = () => undefined,
): Uint8Array {
  const start = 48
  const end = start + new DataView(blob.buffer, blob.byteOffset).getUint32(8, true)
  const fields = JSON.parse(new TextDecoder().decode(blob.subarray(start, end))) as Record<string, unknown>
  header(fields)
  const text = new TextEncoder().encode(JSON.stringify(fields))
  const length = text.length + ((4 - (text.length % 4)) % 4)
  const result = new Uint8Array(start + length + blob.length - end)
  result.set(blob.subarray(0, start))
  result.fill(32, start, start + length)
  result.set(text, start)
  result.set(blob.subarray(end), start + length)
  body(result.subarray(start + length))
  new DataView(result.buffer).setUint32(8, length, true)
  result.set(createHash('sha256').update(result.subarray(start)).digest(), 16)
  return result
}
