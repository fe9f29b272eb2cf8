import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type * as spawning from '../../server/ops/spawn-worker.ts'
import { newId } from '../../shared/ids/id.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { Client, line } from '../support/clients.ts'

const { threads } = vi.hoisted(() => ({ threads: [] as { name: string; worker: Worker }[] }))
vi.mock('../../server/ops/spawn-worker.ts', async (original) => {
  const { spawnWorker } = await original<typeof spawning>()
  return {
    spawnWorker: (...[name, ...how]: Parameters<typeof spawnWorker>): Worker => {
      const worker = spawnWorker(name, ...how)
      threads.push({ name, worker })
      return worker
    },
  }
})

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.end())

describe('a trainer thread that dies', () => {
  it('[LEARN-24] is started again, and learning goes on from the store: nothing labelled is missing', async () => {
    const ada = await Client.arrive(app.url, 'Ada')
    const { project } = await ada.create('digits')
    const room = await ada.join(project.id)
    const canvasId = room.you.canvasId ?? ''
    const canvas = await ada.canvas(project.id, canvasId).synced()
    const label = async (digit: number): Promise<number> => {
      canvas.draw(line([400, 100], [450 + 10 * digit, 900], 30))
      const { drawing } = await ada.command('drawing:label', {
        canvasId,
        pageId: canvas.pageId,
        classId: room.classes[digit]?.id ?? '',
        stateVector: canvas.stateVector,
        idempotencyKey: newId(),
      })
      await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
      return drawing.seq
    }
    const learnedTo = (seq: number) => ada.next('model:published', ({ model }) => model.trainedTo >= seq)
    const first = learnedTo(1)
    await label(1)
    await first
    await ada.command('checkpoint:save', {})
    await ada.command('training:configure', { ...room.training.settings, stepsPerArrival: 2 })

    const failed: string[] = []
    ada.socket.on('training:progress', ({ phase }) => {
      if (phase.state === 'failed') failed.push(phase.reason)
    })
    const learned = learnedTo(2)
    await threads.findLast(({ name }) => name === 'trainer')?.worker.terminate()
    expect(await label(7)).toBe(2)
    expect((await learned).model.trainedTo).toBe(2)
    expect(failed).toEqual([])
    expect(threads.filter(({ name }) => name === 'trainer')).toHaveLength(2)
    const { training } = await ada.join(project.id)
    expect(training.settings.stepsPerArrival).toBe(2)
    ada.leave()
  })
})
