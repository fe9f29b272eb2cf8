import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LivePredictions } from '../../../server/learning/live-predictions.ts'
import { loadDigits } from '../../support/fixtures.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

test('[BACKEND-25] a guess that is under way when guessing stops is answered first, and none follows', async () => {
  const predictions = new LivePredictions({
    backend: 'wasm',
    log: silent,
    logLine: () => null,
    told: () => undefined,
    fetch: () => Promise.resolve(null),
  })
  await predictions.start()
  const made: string[] = []
  const guess = (key: string): void => {
    const strokes = loadDigits()[0]?.strokes ?? []
    predictions.predict('starter', { key, view: () => ({ strokes, tag: null }) }, () => made.push(key))
  }
  guess('first')
  // What is asked for in one turn goes out after it.
  await setImmediate()
  guess('second')
  await predictions.stop()
  expect(made).toEqual(['first'])
  guess('third')
  await setImmediate()
  expect(made).toEqual(['first'])
})
