import { createPinia, setActivePinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import { useRoomStore } from '../../../client/net/room-store.ts'
import type { RoomSocket } from '../../../client/net/socket.ts'
import { AppError, type ErrorCode } from '../../../shared/protocol/errors.ts'

it('[NET-14] after a reconnect nothing is sent before the server has let the page into the room again', async () => {
  setActivePinia(createPinia())
  const room = useRoomStore()
  let reconnected: () => unknown = () => undefined
  const joins: ((error: AppError) => void)[] = []
  const socket: RoomSocket = {
    status: shallowRef('online'),
    command: () => new Promise((_resolve, reject) => joins.push(reject)),
    on: () => () => undefined,
    sendInk: () => undefined,
    onReconnect(handler) {
      reconnected = handler
      return () => undefined
    },
    close: () => undefined,
  }
  room.enter('p1', socket)
  const order: string[] = []
  const settled = Promise.resolve(reconnected()).then(() => order.push('goes on'))
  await new Promise(setImmediate)
  order.push('is let in')
  for (const answer of joins) answer(new AppError('unknown-project'))
  await settled
  expect(order).toEqual(['is let in', 'goes on'])
  room.exit()
})

/** A room's server that answers each wish to come in by hand. */
function doorman() {
  const joins: { refuse(code: ErrorCode): void }[] = []
  const handlers = new Map<string, (payload: never) => void>()
  let reconnected: () => unknown = () => undefined
  const socket: RoomSocket = {
    status: shallowRef('online'),
    command: () =>
      new Promise((_resolve, reject) => joins.push({ refuse: (code) => reject(new AppError(code)) })),
    on(event, handler) {
      handlers.set(event, handler)
      return () => undefined
    },
    sendInk: () => undefined,
    onReconnect(handler) {
      reconnected = handler
      return () => undefined
    },
    close: () => undefined,
  }
  const answer = (admitted: boolean): void => handlers.get('lobby:answered')?.({ admitted } as never)
  const end = (): void => handlers.get('room:ended')?.({} as never)
  return { socket, joins, answer, end, reconnect: () => reconnected() }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the way into a room', () => {
  afterEach(() => {
    useRoomStore().exit()
    vi.useRealTimers()
  })
  function enter() {
    setActivePinia(createPinia())
    const room = useRoomStore()
    const door = doorman()
    room.enter('p1', door.socket)
    return { room, ...door }
  }

  it('[NET-15] an admission that comes before the answer that there is a wait counts', async () => {
    const { room, joins, answer } = enter()
    answer(true)
    expect(joins).toHaveLength(1)
    joins[0]?.refuse('waiting')
    await turn()
    expect(joins).toHaveLength(2)
    joins[1]?.refuse('waiting')
    await turn()
    expect(room.phase).toEqual({ state: 'waiting' })
    expect(joins).toHaveLength(2)
  })

  it('[NET-15] a connection that comes back while asking, or before the next try, asks once more and at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { joins, reconnect } = enter()
    let settled = 0
    void Promise.resolve(reconnect()).then(() => settled++)
    expect(joins).toHaveLength(1)
    joins[0]?.refuse('unavailable')
    await turn()
    expect(joins).toHaveLength(2)
    joins[1]?.refuse('unavailable')
    await turn()
    expect(joins).toHaveLength(2)
    void Promise.resolve(reconnect()).then(() => settled++)
    await turn()
    expect(joins).toHaveLength(3)
    vi.advanceTimersByTime(60_000)
    await turn()
    expect(joins).toHaveLength(3)
    joins[2]?.refuse('unknown-project')
    await turn()
    expect(settled).toBe(2)
  })

  it('[NET-15] who was turned away knocks again by their own will alone', async () => {
    const { room, joins, answer, reconnect } = enter()
    joins[0]?.refuse('waiting')
    await turn()
    answer(false)
    expect(room.phase).toEqual({ state: 'turned-away' })
    await reconnect()
    expect(joins).toHaveLength(1)
    room.rejoin()
    await turn()
    expect(joins).toHaveLength(2)
  })

  it('[UI-HAND-9] while the session is over the page asks now and then, and not after it was left', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { room, joins, end } = enter()
    joins[0]?.refuse('ended')
    await turn()
    expect(room.phase).toEqual({ state: 'ended' })
    vi.advanceTimersByTime(10_000)
    await turn()
    expect(joins).toHaveLength(2)
    joins[1]?.refuse('waiting')
    await turn()
    expect(room.phase).toEqual({ state: 'waiting' })
    vi.advanceTimersByTime(60_000)
    expect(joins).toHaveLength(2)
    end()
    vi.advanceTimersByTime(10_000)
    expect(joins).toHaveLength(3)
    joins[2]?.refuse('ended')
    await turn()
    room.exit()
    vi.advanceTimersByTime(60_000)
    expect(joins).toHaveLength(3)
  })
})
