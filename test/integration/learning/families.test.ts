import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import { layoutOf, parameterCount, weightCount } from '../../../shared/training/layout.ts'
import { defaultTrainingSettings, families, type Family } from '../../../shared/training/settings.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, learnOneByOne, openDriven } from './drive.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 3)
const classIds = words.map((_, index) => classIdOf(index))
const log = labelLogOf(sketches, words, 2)

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', () => undefined)
})

/** The greatest difference of each kind of weight between two arrays. */
function changes(
  family: Family,
  before: Float32Array,
  after: Float32Array,
): ReadonlyMap<'matrix' | 'bias' | 'statistic', number> {
  const greatest = new Map<'matrix' | 'bias' | 'statistic', number>()
  for (const { role, offset, length } of layoutOf({ family, classes: classIds.length }))
    for (let index = offset; index < offset + length; index++) {
      const apart = Math.abs((after[index] ?? NaN) - (before[index] ?? NaN))
      greatest.set(role, Math.max(greatest.get(role) ?? 0, apart))
    }
  return greatest
}

describe.each(families)('a project whose network is %s', (family) => {
  const settings = { ...defaultTrainingSettings, family, batchSize: 8, stepsPerArrival: 1 }

  test('[FAMILY-10] gets its classes one by one, learns, and resumes to the bit', async () => {
    const through = await openDriven(backend, { classIds, settings })
    await learnOneByOne(through.project, log.slice(0, 4))
    const { blob } = through.project.checkpoint()
    const early = decodeCheckpoint(blob)
    const { model, weights } = through.project.served()
    expect(model).toMatchObject({ family, classIds })
    expect(weights).toHaveLength(weightCount({ family, classes: classIds.length }))
    expect(model.parameters).toBe(parameterCount({ family, classes: classIds.length }))
    const second = await openDriven(backend, { classIds, settings, checkpoint: blob }, log.slice(0, 4))
    for (const { project } of [through, second]) await learnOneByOne(project, log.slice(4))
    const whole = through.project.checkpoint().blob
    expect(Buffer.from(second.project.checkpoint().blob).equals(Buffer.from(whole))).toBe(true)
    const late = decodeCheckpoint(whole)
    expect(late.step).toBeGreaterThan(early.step)
    expect(late.weights.every(Number.isFinite)).toBe(true)
    const moved = changes(family, early.weights, late.weights)
    expect(moved.get('matrix')).toBeGreaterThan(0)
    // Batch-norms follow what they see; the other families have none.
    if (family === 'cnn-deep') expect(moved.get('statistic')).toBeGreaterThan(0)
    else expect(moved.has('statistic')).toBe(false)
  })
})
