import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import { checkedSettings } from '../../../server/learning/trainer/usable-settings.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven, untilQuiet, type Driven } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 2)
const classIds = words.map((_, index) => classIdOf(index))
/** Four drawings a class to learn from, and twenty to decide by. */
const log = labelLogOf(sketches, words, 14).map((drawing, index): LoggedDrawing => ({
  ...drawing,
  split: index < 8 ? 'train' : 'validation',
}))
const settings = checkedSettings({
  learningRate: 1e-3,
  batchSize: 8,
  stepsPerArrival: 2,
  stop: { kind: 'patience', evaluations: 1 },
})

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

async function learned(): Promise<Driven> {
  const driven = await openDriven(backend, { classIds, settings })
  driven.project.receive(log)
  await untilQuiet(driven.project)
  return driven
}

describe('what serves', () => {
  test('[LEARN-65] the average of the weights, or these themselves where they guess more of validation', async () => {
    const { project } = await learned()
    expect(project.served().model.serving).toBe('ema')
    const { state } = project.parts
    expect(project.served().weights).toEqual(state.average)
    const average = state.average.slice()
    // An average that guesses the same for every drawing.
    await project.promote({ ...state, average: new Float32Array(average.length) })
    expect(project.served().model.serving).toBe('raw')
    expect(project.served().weights).toEqual(state.weights)
    await project.promote({ ...project.parts.state, average })
    expect(project.served().model.serving).toBe('ema')
  })

  test('[LEARN-66] a model that comes to serve has its temperature fitted on validation', async () => {
    const { project } = await learned()
    const { state } = project.parts
    const cool = project.served().temperature
    const scaled = state.weights.map((value, index) =>
      index < state.weights.length - 258 ? value : 3 * value,
    )
    await project.promote({ ...state, weights: scaled, average: scaled.slice() })
    // Logits three times as large want about three times the temperature, up to the hottest.
    expect(project.served().temperature).toBeCloseTo(Math.min(4, 3 * cool), 1)
    const unusable = { ...state, weights: new Float32Array(scaled.length).fill(NaN) }
    await expect(project.promote(unusable)).rejects.toMatchObject({ code: 'diverged' })
    expect(project.parts.state).not.toBe(unusable)
  })
})
