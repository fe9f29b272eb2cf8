import { expect, test } from 'vitest'
import { createReadiness } from '../../../server/ops/readiness.ts'
import { stopInSteps } from '../../../server/ops/shutdown.ts'

const saves = (words: string) => () => Promise.resolve(words)
const hangs = () => new Promise<undefined>(() => undefined)

test('[STOP-3] every step gets its turn, and the report names what was saved', async () => {
  const report = await stopInSteps(
    [
      { name: 'canvases', run: saves('3 canvases') },
      { name: 'checkpoint', run: saves('1 checkpoint') },
    ],
    1_000,
  )
  expect(report).toMatchObject({ clean: true, saved: ['3 canvases', '1 checkpoint'], failed: [] })
})

test('[STOP-3] a step that fails is named and the next ones still run', async () => {
  const report = await stopInSteps(
    [
      { name: 'canvases', run: () => Promise.reject(new Error('disk full')) },
      { name: 'checkpoint', run: saves('1 checkpoint') },
    ],
    1_000,
  )
  expect(report).toMatchObject({ clean: false, saved: ['1 checkpoint'], failed: ['canvases: disk full'] })
})

test('[STOP-10] threads that are slow to end, and hold nothing that could be lost, do not make a stop fail', async () => {
  const report = await stopInSteps(
    [
      { name: 'learning', run: hangs, withinMs: 20, harmless: true },
      { name: 'store', run: saves('all') },
    ],
    1_000,
  )
  expect(report).toMatchObject({ clean: true, saved: ['all'], failed: [] })
  expect(report.late).toEqual(['learning: not done within 20 ms'])
})

test('[STOP-4] a step that hangs is given up after its time, what was not reached is named', async () => {
  const report = await stopInSteps(
    [
      { name: 'canvases', run: hangs, withinMs: 20 },
      { name: 'checkpoint', run: hangs },
      { name: 'store', run: saves('all') },
    ],
    60,
  )
  expect(report.clean).toBe(false)
  expect(report.failed).toEqual([
    'canvases: not done within 20 ms',
    expect.stringMatching(/^checkpoint: not done within/),
    'store: not reached within 60 ms',
  ])
})

test('[HTTP-4] ready only while every part answers, and never again once stopping', async () => {
  let answers = false
  const readiness = createReadiness({
    store: () => Promise.resolve(),
    model: () => (answers ? Promise.resolve() : Promise.reject(new Error('loading'))),
  })
  expect(await readiness.check()).toEqual({ ready: false, reason: 'model: loading' })
  answers = true
  expect(await readiness.check()).toEqual({ ready: true, reason: null })
  readiness.stop()
  expect(await readiness.check()).toEqual({ ready: false, reason: 'the server is stopping' })
})
