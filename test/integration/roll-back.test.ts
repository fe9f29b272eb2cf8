import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { Client, line } from '../support/clients.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.end())

it('[CKPT-3] a room that goes back and forward guesses what is drawn as it did then', async () => {
  const ada = await Client.arrive(app.url, 'Ada')
  const { project, codes } = await ada.create('digits')
  const room = await ada.join(project.id)
  const ben = await Client.arrive(app.url, 'Ben')
  await ben.joinByCode(codes.editor)
  const canvasId = (await ben.join(project.id)).you.canvasId ?? ''
  const canvas = await ben.canvas(project.id, canvasId).synced()
  const drawn = await ada.canvas(project.id, room.you.canvasId ?? '').synced()
  drawn.draw(line([300, 300], [500, 700], 20))

  /** What the model of now guesses of what Ada has drawn. */
  const guess = async (): Promise<readonly number[]> => {
    const now = await vi.waitFor(
      async () => {
        const { model, predictions } = await ada.join(project.id)
        const made = predictions.find((one) => one.canvasId === room.you.canvasId)
        expect(made?.modelVersion).toBe(model?.version)
        expect(made?.points).toBeGreaterThan(10)
        return made?.probabilities
      },
      { timeout: 30_000, interval: 100 },
    )
    return now ?? []
  }
  const learn = async (digit: number): Promise<void> => {
    await ada.command('training:resume', {})
    const { pageId } = canvas
    canvas.draw(line([400, 100], [450 + 30 * digit, 900], 30))
    const classId = room.classes[digit]?.id ?? ''
    const published = ada.next('model:published', ({ model }) => model.trainedTo > learned)
    const label = { canvasId, pageId, classId, stateVector: canvas.stateVector, idempotencyKey: newId() }
    await ben.command('drawing:label', label)
    learned = (await published).model.trainedTo
    await ada.command('training:pause', {})
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
  }
  let learned = 0

  await learn(1)
  const early = await ada.command('checkpoint:save', {})
  const earlyGuess = await guess()
  await learn(7)
  const late = await ada.command('checkpoint:save', {})
  const lateGuess = await guess()
  expect(lateGuess).not.toEqual(earlyGuess)
  const { training } = await ada.command('checkpoint:restore', { checkpointId: early.id })
  expect(training).toMatchObject({ step: early.step, phase: { state: 'paused' } })
  expect(await guess()).toEqual(earlyGuess)
  await ada.command('checkpoint:restore', { checkpointId: late.id })
  expect(await guess()).toEqual(lateGuess)
  const { a, b } = await ada.command('checkpoint:compare', { aId: early.id, bId: late.id })
  expect([a.checkpointId, b.checkpointId]).toEqual([early.id, late.id])
  ada.leave()
  ben.leave()
})
