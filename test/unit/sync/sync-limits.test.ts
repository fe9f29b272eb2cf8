import { once } from 'node:events'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { splitUpdate } from '../../../server/sync/split-update.ts'
import { updateMessage } from '../../../server/sync/messages.ts'
import { currentPage, strokesOf } from '../../../shared/canvas/schema.ts'
import { Client, line } from '../../support/clients.ts'
import { largeCanvas } from '../../support/large-canvas.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

const SYNC_STEP_1 = Uint8Array.of(0, 0, 1, 0)

async function ownersRoom() {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const room = await ada.join(project.id)
  return { ada, projectId: project.id, codes, canvasId: room.you.canvasId ?? '' }
}

async function member(code: string | null): Promise<Client> {
  const client = await Client.arrive(server.url, 'Ben')
  await client.joinByCode(code)
  return client
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const row = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(row?.split(' ').at(-1))
}

function refused(limit: string): Promise<number> {
  return metric(`trainboard_refusals_total{limit="${limit}"}`)
}

/** A socket that reads and counts, without a document. */
async function reader(client: Client, projectId: string, canvasId: string) {
  const url = `${server.url.replace('http', 'ws')}/sync/${projectId}/${canvasId}?token=${client.token ?? ''}`
  const socket = new WebSocket(url)
  const messages: Buffer[] = []
  socket.on('message', (data) => {
    if (data instanceof Buffer) messages.push(data)
  })
  const closed = once(socket, 'close').then(([code]: unknown[]) => Number(code))
  await once(socket, 'open')
  return { socket, messages, closed }
}

/** The answer to the first SyncStep1 in what a reader has got. */
function answer(messages: readonly Buffer[]): Buffer | undefined {
  return messages.find((message) => message[0] === 0 && message[1] === 1)
}

describe('canvases near their limits', () => {
  it('[SYNC-27] many who join a large canvas at once all get the same whole of it', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const work = splitUpdate(Y.encodeStateAsUpdate(largeCanvas(5)), () => 0)
    let step = work.next()
    while (step.done !== true) step = work.next()
    for (const part of step.value) Y.applyUpdate(canvas.doc, part)
    await canvas.roundTrip()
    const readers = await Promise.all(Array.from({ length: 30 }, () => reader(ada, projectId, canvasId)))
    for (const { socket } of readers) socket.send(SYNC_STEP_1)
    await vi.waitFor(() => {
      for (const { messages } of readers) expect(answer(messages)).toBeDefined()
    })
    const [first] = readers
    const bytes = first ? answer(first.messages) : undefined
    expect(bytes?.byteLength).toBeGreaterThan(400_000)
    for (const { messages } of readers) expect(bytes && answer(messages)?.equals(bytes)).toBe(true)
    for (const { socket } of readers) socket.terminate()
    ada.leave()
  })

  it('[SYNC-28] messages are handled in their order, also those that come while a large one is taken in', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    canvas.provider.disconnect()
    const large = largeCanvas(2)
    Y.applyUpdate(canvas.doc, Y.encodeStateAsUpdate(large))
    const drawn = canvas.draw(line([0, 0], [50, 50]))
    const { socket, messages, closed } = await reader(ada, projectId, canvasId)
    let ended = false
    void closed.then(() => (ended = true))
    // The last stroke's own update alone would wait for its page, were it handled before the large one.
    const before = Y.encodeStateAsUpdate(canvas.doc)
    const vector = Y.encodeStateVector(canvas.doc)
    const page = currentPage(canvas.doc)
    if (page) strokesOf(page)?.delete(drawn)
    socket.send(Uint8Array.from([0, 1, ...updateMessage(before).subarray(2)]))
    socket.send(updateMessage(Y.encodeStateAsUpdate(canvas.doc, vector)))
    socket.send(SYNC_STEP_1)
    await vi.waitFor(() => expect(answer(messages)).toBeDefined())
    const copy = await ada.again().canvas(projectId, canvasId).synced()
    expect(copy.strokes()).not.toContain(drawn)
    expect(copy.content()).toEqual(canvas.content())
    expect(ended).toBe(false)
    socket.terminate()
    copy.leave()
    ada.leave()
  })

  it('[SYNC-29] a length that lies reads nothing beyond its own message, and is refused and counted', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const counted = await refused('not-canvas-content')
    const { socket, closed } = await reader(ada, projectId, canvasId)
    socket.send(Uint8Array.of(0, 2, 60, 1, 1, 1, 0))
    expect(await closed).toBe(4409)
    expect(await refused('not-canvas-content')).toBe(counted + 1)
    ada.leave()
  })

  it('[SYNC-22] a frozen canvas takes nothing new from others, and goes on for owners', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const ben = await member(codes.editor)
    const mine = await ada.canvas(projectId, canvasId).synced()
    const bens = await ben.canvas(projectId, canvasId).synced()
    const kept = bens.draw(line([0, 0], [50, 50]))
    await vi.waitFor(() => expect(mine.strokes()).toEqual([kept]))
    await ada.command('hand:freeze', { canvasId: null, frozen: true })
    const counted = await refused('frozen')
    // A stroke begun before the freeze is let through for a second.
    const code = await vi.waitFor(
      async () => {
        bens.draw(line([0, 0], [70, 70]))
        const closed = await Promise.race([
          bens.closed,
          bens.roundTrip().then(
            () => 0,
            () => 0,
          ),
        ])
        expect(closed).toBe(4409)
        return closed
      },
      { timeout: 10_000, interval: 100 },
    )
    expect(code).toBe(4409)
    expect(await refused('frozen')).toBeGreaterThan(counted)
    const back = await ben.again().canvas(projectId, canvasId).synced()
    await back.roundTrip()
    const own = mine.draw(line([0, 0], [80, 80]))
    await vi.waitFor(() => expect(back.strokes()).toContain(own))
    back.leave()
    ada.leave()
    ben.leave()
  })

  it('[SYNC-30] the documents in memory, and how late the event loop is, can be read from the metrics', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    expect(await metric('trainboard_documents')).toBeGreaterThan(0)
    for (const name of ['p50', 'p99', 'max']) {
      const lag = await metric(`trainboard_loop_lag_${name}_ms`)
      expect(lag).toBeGreaterThanOrEqual(0)
      expect(lag).toBeLessThan(60_000)
    }
    canvas.leave()
    ada.leave()
  })
})
