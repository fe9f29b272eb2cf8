import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import { createOutbox, MAX_OUTBOX } from '../../../client/net/outbox.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { AppError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import type { CommandResults } from '../../../shared/protocol/events.ts'

const answer: CommandResults['drawing:label'] = {
  drawing: {
    id: 'd1',
    canvasId: 'c1',
    pageId: 'p1',
    classId: 'k1',
    byUserId: 'u1',
    contributorIds: [],
    split: 'train',
    seq: 1,
    at: 0,
  },
  counts: { byClass: {}, toSort: 0, keptAside: 0, total: 1 },
}
const label = (key: string) => ({
  canvasId: 'c1',
  pageId: 'p1',
  classId: 'k1',
  stateVector: new Uint8Array(),
  idempotencyKey: key,
})

/** A server that stores a label once a key and loses the answers it is told to. */
function fakeServer() {
  const status = shallowRef<SocketStatus>('online')
  const stored: string[] = []
  const faults: (ErrorCode | 'answer lost')[] = []
  let asked = 0
  const command: RoomSocket['command'] = async (_name, payload) => {
    asked++
    await Promise.resolve()
    const fault = faults.shift()
    if (fault !== undefined && fault !== 'answer lost') throw new AppError(fault)
    if ('idempotencyKey' in payload && !stored.includes(payload.idempotencyKey))
      stored.push(payload.idempotencyKey)
    if (fault === 'answer lost') throw new AppError('unavailable')
    // The fake knows one command alone.
    return answer as never
  }
  return { status, stored, faults, command, asked: () => asked }
}

describe('labels on their way', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[NET-10] a label whose answer is lost is sent again under its key and stored exactly once', async () => {
    const server = fakeServer()
    server.faults.push('answer lost', 'answer lost')
    const outbox = createOutbox(server)
    const sent = outbox.send('drawing:label', label('key-0001'))
    await vi.advanceTimersByTimeAsync(5_000)
    await expect(sent).resolves.toEqual(answer)
    expect(server.asked()).toBe(3)
    expect(server.stored).toEqual(['key-0001'])
    expect(outbox.states.value.size).toBe(0)
  })

  it('[NET-60] a server that cannot save for half a minute is asked again with pauses of at most two seconds', async () => {
    const server = fakeServer()
    const pauses: number[] = []
    const random = vi.spyOn(Math, 'random').mockReturnValue(1)
    server.faults.push(...Array.from({ length: 1_000 }, () => 'unavailable' as const))
    const outbox = createOutbox(server)
    const sent = outbox.send('drawing:label', label('key-0001'))
    let [asked, at] = [1, 0]
    for (let ms = 0; ms < 30_000; ms += 10) {
      await vi.advanceTimersByTimeAsync(10)
      if (server.asked() === asked) continue
      pauses.push(ms + 10 - at)
      ;[asked, at] = [server.asked(), ms + 10]
    }
    expect(outbox.states.value.get('key-0001')).toBe('kept')
    expect(pauses.slice(0, 4)).toEqual([400, 800, 1_600, 2_000])
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2_010)
    // Full jitter: a page that is lucky asks again at once.
    random.mockReturnValue(0)
    server.faults.length = 0
    await vi.advanceTimersByTimeAsync(2_000)
    await expect(sent).resolves.toEqual(answer)
    expect(server.stored).toEqual(['key-0001'])
    random.mockRestore()
  })

  it('[NET-11] is kept here while the connection is down and goes out at the reconnect', async () => {
    const server = fakeServer()
    const outbox = createOutbox(server)
    server.status.value = 'offline'
    const sent = outbox.send('drawing:label', label('key-0001'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.asked()).toBe(0)
    expect(outbox.states.value.get('key-0001')).toBe('kept')
    server.status.value = 'online'
    expect(outbox.states.value.get('key-0001')).toBe('sent')
    await expect(sent).resolves.toEqual(answer)
  })

  it('[NET-12] a lasting refusal comes back to the caller, strokes that never arrive too', async () => {
    const server = fakeServer()
    server.faults.push('unknown-class')
    const outbox = createOutbox(server)
    await expect(outbox.send('drawing:label', label('key-0001'))).rejects.toMatchObject({
      code: 'unknown-class',
    })
    server.faults.push(...Array.from({ length: 20 }, () => 'strokes-missing' as const))
    const missing = expect(outbox.send('drawing:label', label('key-0002'))).rejects.toMatchObject({
      code: 'strokes-missing',
    })
    await vi.advanceTimersByTimeAsync(120_000)
    await missing
    expect(server.stored).toEqual([])
  })

  it('[NET-13] is bounded, refuses a key twice at once, and ends with the room', async () => {
    const server = fakeServer()
    server.status.value = 'offline'
    const outbox = createOutbox(server)
    const sends = Array.from({ length: MAX_OUTBOX }, (_, i) =>
      outbox.send('drawing:label', label(`key-${String(i)}`)),
    )
    const settled = Promise.allSettled(sends)
    await expect(outbox.send('drawing:label', label('key-more'))).rejects.toMatchObject({ code: 'full' })
    await vi.advanceTimersByTimeAsync(10)
    outbox.close()
    const outcomes = await settled
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    await expect(outbox.send('drawing:label', label('key-late'))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
