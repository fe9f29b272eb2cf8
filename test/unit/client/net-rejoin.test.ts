import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { useRoomStore } from '../../../client/net/room-store.ts'
import type { RoomSocket } from '../../../client/net/socket.ts'
import { AppError } from '../../../shared/protocol/errors.ts'

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
