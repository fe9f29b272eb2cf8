import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { Client, line } from '../support/clients.ts'

const dataDir = temporaryFolder()
let app: TestApp
beforeAll(async () => {
  app = await startApp({ dataDir })
})
afterAll(async () => {
  await app.end()
  await rm(dataDir, { recursive: true, force: true })
})

describe('a room with its real network', () => {
  it('[ROOM-10] people draw, label and see the model learn from it; a restart goes on from there', async () => {
    const ada = await Client.arrive(app.url, 'Ada')
    const { project, codes } = await ada.create('digits')
    const room = await ada.join(project.id)
    const ben = await Client.arrive(app.url, 'Ben')
    await ben.joinByCode(codes.editor)
    await ben.join(project.id)
    const canvasId = room.you.canvasId ?? ''
    const canvas = await ada.canvas(project.id, canvasId).synced()
    const guessed = ben.next('prediction', ({ items }) => items.some(({ points }) => points === 30))
    canvas.draw(line([500, 100], [480, 900], 30))
    const [item] = (await guessed).items
    expect(item?.probabilities).toHaveLength(10)
    const one = room.classes.find(({ name }) => name === '1')
    const { drawing } = await ada.command('drawing:label', {
      canvasId,
      pageId: canvas.pageId,
      classId: one?.id ?? '',
      stateVector: canvas.stateVector,
      idempotencyKey: newId(),
    })
    const published = await ben.next('model:published', ({ model }) => model.trainedTo >= drawing.seq)
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
    const kept = canvas.draw(line([300, 100], [320, 800], 25))
    await ada.next('canvas:saved')
    await ada.command('training:pause', {})
    const settled = async () => {
      const state = await ben.join(project.id)
      const guess = state.predictions.find((made) => made.canvasId === canvasId)
      expect(guess).toMatchObject({ points: 25, modelVersion: state.model?.version })
      return { state, guess }
    }
    const { state: before, guess } = await vi.waitFor(settled, { timeout: 10_000, interval: 200 })
    ada.leave()
    ben.leave()
    await app.end()
    app = await startApp({ dataDir })
    const back = ada.again(app.url)
    const again = await back.join(project.id)
    expect(again.counts.byClass[one?.id ?? '']).toBe(1)
    expect(again.training.step).toBe(before.training.step)
    expect(again.training.step).toBeGreaterThan(0)
    expect(published.model.step).toBeLessThanOrEqual(again.training.step)
    const anew = back.next('prediction', ({ items }) => items.some(({ points }) => points === 25))
    const whole = await back.canvas(project.id, canvasId).synced()
    expect(whole.strokes()).toEqual([kept])
    const [same] = (await anew).items
    expect(same?.probabilities).toEqual(guess?.probabilities)
    back.leave()
  })
})
