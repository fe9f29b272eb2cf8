import { afterEach, describe, expect, test, vi } from 'vitest'
import { createLearning } from '../../../server/learning/create-learning.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { Learning, ModelStart, StrokePath } from '../../../server/learning/service.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import type { ModelInfo } from '../../../shared/training/status.ts'
import { loadDigits, loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf } from './drive.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const running: Learning[] = []

async function start(): Promise<Learning> {
  const learning = createLearning({ backend: 'wasm', log: silent, clock: { now: Date.now } })
  running.push(learning)
  await learning.ready()
  return learning
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((learning) => learning.stop()))
})

function startOf(change: Partial<ModelStart>): ModelStart {
  return {
    projectId: 'p',
    starter: 'encoder',
    recipe: 'quickdraw',
    classIds: [],
    settings: defaultTrainingSettings,
    paused: false,
    seed: 3,
    checkpoint: null,
    drawings: [],
    ...change,
  }
}

function guess(
  learning: Learning,
  projectId: string,
  strokes: readonly StrokePath[],
  key: string,
): Promise<{ probabilities: readonly number[]; model: ModelInfo }> {
  return new Promise((resolve) => {
    const view = (): { strokes: readonly StrokePath[]; tag: null } => ({ strokes, tag: null })
    learning.predict(projectId, { key, view }, ({ probabilities }, model) => {
      resolve({ probabilities, model })
    })
  })
}

async function shareRight(learning: Learning, held: readonly LoggedDrawing[]): Promise<number> {
  const guesses = await Promise.all(held.map(({ strokes, id }) => guess(learning, 'p', strokes, id)))
  const right = guesses.filter(({ probabilities, model }, index) => {
    const best = probabilities.indexOf(Math.max(...probabilities))
    return model.classIds[best] === held[index]?.classId
  })
  return right.length / held.length
}

async function untilLearned(learning: Learning, seq: number): Promise<void> {
  await vi.waitFor(
    () => {
      expect(learning.model('p')?.trainedTo).toBeGreaterThanOrEqual(seq)
      expect(learning.status('p')?.phase.state).toBe('idle')
    },
    { timeout: 100_000, interval: 50 },
  )
}

describe('the learning service', () => {
  test('[LEARN-20] the starter answers at once, and empty canvases have no guess', async () => {
    const learning = await start()
    expect(learning.healthy()).toBe(true)
    expect(learning.starter().classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    const [digit] = loadDigits()
    const batches = vi.fn()
    learning.onBatch(batches)
    const { probabilities } = await guess(learning, 'starter', digit?.strokes ?? [], 'pad')
    expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4)
    expect(probabilities.indexOf(Math.max(...probabilities))).toBe(Number(digit?.label))
    expect((await guess(learning, 'starter', [], 'pad')).probabilities).toEqual([])
    expect(batches).toHaveBeenCalled()
    await expect(learning.checkpoint('nowhere')).rejects.toMatchObject({ code: 'unknown-project' })
  })

  test('[LEARN-21] an empty room guesses drawings never shown far above chance after ten labels a class', async () => {
    const sketches = loadSketches()
    const words = [...new Set(sketches.map(({ label }) => label))]
    const log = labelLogOf(sketches, words, 16).map((drawing, index) => ({
      ...drawing,
      seq: index + 1,
      split: 'train' as const,
    }))
    const shown = log.slice(0, 10 * words.length)
    const held = log.slice(10 * words.length)
    const learning = await start()
    const published: number[] = []
    learning.subscribe({
      status: () => undefined,
      published: (_projectId, model) => published.push(model.trainedTo),
    })
    await learning.open(startOf({ classIds: words.map((_, index) => classIdOf(index)), drawings: shown }))
    await untilLearned(learning, shown.length)
    expect(await shareRight(learning, held)).toBeGreaterThan(0.1 + 0.3)
    expect(published).toEqual([...published].sort((a, b) => a - b))
  }, 150_000)

  test('[LEARN-22] a digits room knows its digits and keeps them while it learns from a few labels of one', async () => {
    const digits = loadDigits()
    const names = [...new Set(digits.map(({ label }) => label))].sort()
    const log = labelLogOf(digits, names, 15)
    const held = log.slice(-100)
    const learning = await start()
    const classIds = names.map((_, index) => classIdOf(index))
    await learning.open(startOf({ starter: 'digits', recipe: 'mnist', classIds }))
    const before = await shareRight(learning, held)
    expect(before).toBeGreaterThan(0.9)
    const threes = log.slice(0, 50).filter(({ classId }) => classId === 'class3')
    for (const drawing of threes) learning.learn('p', drawing)
    await untilLearned(learning, threes.at(-1)?.seq ?? 0)
    expect(await shareRight(learning, held)).toBeGreaterThan(before - 0.04)
  }, 100_000)

  test('[STOP-13] after a halt no step is made, whatever waits or comes, and checkpoints are still taken', async () => {
    const log = labelLogOf(loadSketches(), ['cat', 'house'], 6)
    const learning = await start()
    const classIds = [classIdOf(0), classIdOf(1)]
    await learning.open(startOf({ classIds, drawings: log.slice(0, 8) }))
    await learning.halt()
    const { step } = await learning.checkpoint('p')
    const [label] = log.slice(8)
    if (label) learning.learn('p', label)
    // Whatever the trainer would do goes on between two answers.
    for (let asked = 0; asked < 20; asked++) expect((await learning.checkpoint('p')).step).toBe(step)
    expect(learning.status('p')?.pending).toBeGreaterThan(0)
  })

  test('[LEARN-23] a restart goes on with the same guesses to the bit', async () => {
    const sketches = loadSketches()
    const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 3)
    const drawings = labelLogOf(sketches, words, 3)
    const classIds = words.map((_, index) => classIdOf(index))
    const first = await start()
    const settings = { ...defaultTrainingSettings, batchSize: 16 }
    await first.open(startOf({ classIds, drawings, settings }))
    await untilLearned(first, drawings.length)
    const { blob, step } = await first.checkpoint('p')
    expect(step).toBe(first.model('p')?.step)
    const look = sketches.at(-1)?.strokes ?? []
    const before = await guess(first, 'p', look, 'c')
    await first.stop()
    await expect(first.checkpoint('p')).rejects.toMatchObject({ code: 'stopped' })
    const second = await start()
    await second.open(startOf({ classIds, drawings, settings, checkpoint: blob }))
    expect(await guess(second, 'p', look, 'c')).toEqual(before)
    expect(second.status('p')).toMatchObject({ pending: 0, step })
  }, 100_000)
})
