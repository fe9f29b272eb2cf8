import { rm } from 'node:fs/promises'
import { afterAll, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { freePort, startBuilt, temporaryFolder } from '../support/built-server.ts'
import { Client, line } from '../support/clients.ts'
import { isStored } from '../support/stored-state.ts'

const dataDir = temporaryFolder()
afterAll(() => rm(dataDir, { recursive: true, force: true }))

test.each(['SIGTERM', 'SIGKILL'] as const)(
  '[LIVE-6] drawing goes on through a restart after %s: the y-websocket client comes back and every stroke is there',
  async (signal) => {
    const PORT = String(await freePort())
    let server = await startBuilt(dataDir, { PORT })
    const ada = await Client.arrive(server.url, 'Ada')
    const { project } = await ada.create('digits')
    const { you } = await ada.join(project.id)
    const canvasId = you.canvasId ?? ''
    const canvas = await ada.canvas(project.id, canvasId).synced()
    const clock = (vector: Uint8Array): number => Y.decodeStateVector(vector).get(canvas.doc.clientID) ?? 0
    const drawn = [canvas.draw(line([0, 0], [100, 100]))]
    const first = clock(canvas.stateVector)
    await ada.next('canvas:saved', ({ stateVector }) => clock(new Uint8Array(stateVector)) >= first)

    const stopped = server.stop(signal)
    drawn.push(canvas.draw(line([0, 0], [100, 200])))
    await stopped
    drawn.push(canvas.draw(line([0, 0], [100, 300])))
    // Somebody who was away sees what was acknowledged before, at least.
    server = await startBuilt(dataDir, { PORT })
    const back = ada.again()
    const whole = await back.canvas(project.id, canvasId).synced()
    expect(whole.strokes()).toContain(drawn[0])
    drawn.push(canvas.draw(line([0, 0], [100, 400])))
    await vi.waitFor(() => expect(new Set(whole.strokes())).toEqual(new Set(drawn)), { timeout: 20_000 })
    await back.join(project.id)
    await vi.waitFor(async () => {
      expect(isStored(await back.command('canvas:saved?', { canvasId }), canvas.doc)).toBe(true)
    })
    for (const each of [ada, back]) each.leave()
    expect((await server.stop()).code).toBe(0)
  },
)
