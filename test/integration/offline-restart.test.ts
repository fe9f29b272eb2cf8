import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { createAwayRoom, isLive, isSaved, type AwayRoom } from '../support/away-room.ts'
import { freePort, startBuilt, temporaryFolder } from '../support/built-server.ts'
import { line } from '../support/clients.ts'
import { newDevice, until } from '../support/local-device.ts'

const PEOPLE = 12
const MOST_BACK_MS = 8_000

const dataDir = temporaryFolder()
let room: AwayRoom | null = null
beforeEach(newDevice)
afterEach(() => {
  room?.closeOpened()
  room?.owner.leave()
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

it.each(['SIGTERM', 'SIGKILL'] as const)(
  '[OFF-16] after a restart by %s everybody is back in time with all they drew, and a label meanwhile is stored once',
  async (signal) => {
    const PORT = String(await freePort())
    const first = await startBuilt(dataDir, { PORT })
    const here = (room = await createAwayRoom(first.url))
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, async (_, i) => {
        const one = await here.somebody(`Person ${String(i)}`)
        const canvasId = await here.newCanvas()
        return { ...one, canvasId, outbox: one.outbox(one.socket), page: one.open(canvasId) }
      }),
    )
    for (const { page } of people) await isLive(page)
    const drawn = people.map(({ page }, i) => {
      const ids = [newId(), newId()]
      for (const id of ids) page.link.commit(id, line([0, 0], [100, 100 + i], 5))
      return ids
    })
    await first.stop(signal)
    for (const [i, { page }] of people.entries()) {
      await until(() => page.link.state.kind === 'offline')
      const id = newId()
      page.link.commit(id, line([0, 0], [200, 100 + i], 5))
      drawn[i]?.push(id)
    }
    const labels = people.slice(0, 3).map(({ page, canvasId, outbox }) => {
      const turn = page.link.canvas.turn()
      const { pageId = '', stateVector = new Uint8Array() } = turn ?? {}
      const label = { canvasId, pageId, classId: here.classId, stateVector, idempotencyKey: newId() }
      return outbox.send('drawing:label', label)
    })
    const second = await startBuilt(dataDir, { PORT })
    const readyAt = performance.now()
    for (const { page } of people) await isLive(page)
    await until(() => people.every(({ socket }) => socket.status.value === 'online'))
    expect(performance.now() - readyAt).toBeLessThan(MOST_BACK_MS)
    for (const { page } of people) await isSaved(page)
    const stored = await Promise.all(labels)
    expect(new Set(stored.map(({ drawing }) => drawing.id)).size).toBe(labels.length)
    const back = (here.owner.leave(), here.owner.again())
    expect((await back.join(here.projectId)).counts.total).toBe(labels.length)
    for (const [i, { canvasId }] of people.slice(3).entries()) {
      const view = await back.canvas(here.projectId, canvasId).synced()
      expect(new Set(view.strokes())).toEqual(new Set(drawn[i + 3]))
      view.leave()
    }
    back.leave()
    here.closeOpened()
    await second.stop()
  },
)
