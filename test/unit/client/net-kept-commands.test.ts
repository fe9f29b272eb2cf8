import { afterEach, beforeEach, expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { localDb } from '../../../client/net/local-db.ts'
import { createOutbox, type LostCommand, type Outbox } from '../../../client/net/outbox.ts'
import { deviceKeeper, MAX_KEPT_COMMANDS } from '../../../client/net/outbox-keeper.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { AppError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import { deviceWithoutStorage, newDevice, until } from '../../support/local-device.ts'

const label = (key: string, pageId = 'p1') => ({
  canvasId: 'c1',
  pageId,
  classId: 'k1',
  stateVector: new Uint8Array([0]),
  idempotencyKey: key,
})
const outboxes: Outbox[] = []

beforeEach(() => {
  newDevice()
})
afterEach(() => {
  for (const outbox of outboxes.splice(0)) outbox.close()
})

/** A server that answers each command by hand. */
function slowServer(status: SocketStatus = 'online') {
  const asked: { key: string; answer(fault?: ErrorCode): void }[] = []
  const command: RoomSocket['command'] = (_name, payload) =>
    new Promise((resolve, reject) => {
      const key = 'idempotencyKey' in payload ? payload.idempotencyKey : ''
      asked.push({
        key,
        answer: (fault) => {
          if (fault) reject(new AppError(fault))
          else resolve({} as never)
        },
      })
    })
  return { status: shallowRef(status), command, asked, keys: () => asked.map(({ key }) => key) }
}

function outboxOn(server: ReturnType<typeof slowServer>, onLost?: (lost: LostCommand) => void): Outbox {
  const outbox = createOutbox(server, { keeper: deviceKeeper('u1', 'p1'), ...(onLost ? { onLost } : {}) })
  outboxes.push(outbox)
  return outbox
}
const give = (outbox: Outbox, key: string, pageId?: string): void => {
  outbox.send('drawing:label', label(key, pageId)).catch(() => undefined)
}
const keptKeys = async () => ((await (await localDb())?.getAll('commands')) ?? []).map(({ key }) => key)

it('[OFF-13] commands of one page go one after the other, those of other pages beside them, after a reload too', async () => {
  const before = outboxOn(slowServer('offline'))
  for (const [key, page] of [
    ['key-first', 'p1'],
    ['key-second', 'p1'],
    ['key-other', 'p2'],
  ] as const)
    give(before, key, page)
  await until(() => before.unkept.value === 0)
  before.close()
  expect(await keptKeys()).toEqual(['key-first', 'key-second', 'key-other'])

  const server = slowServer()
  const after = outboxOn(server)
  after.restore()
  await until(() => server.asked.length === 2)
  expect(server.keys()).toEqual(['key-first', 'key-other'])
  server.asked[0]?.answer()
  await until(() => server.asked.length === 3)
  expect(server.keys()[2]).toBe('key-second')
  for (const { answer } of server.asked) answer()
  await until(() => after.states.value.size === 0)
  await expect.poll(keptKeys).toEqual([])
})

it('[OFF-13] a kept label waits while labels are locked, and is told and dropped when it is refused for good', async () => {
  const before = outboxOn(slowServer('offline'))
  give(before, 'key-locked')
  await until(() => before.unkept.value === 0)
  before.close()
  const server = slowServer()
  const lost: LostCommand[] = []
  const after = outboxOn(server, (one) => lost.push(one))
  after.restore()
  await until(() => server.asked.length === 1)
  server.asked[0]?.answer('locked')
  await until(() => server.asked.length === 2)
  expect(await keptKeys()).toEqual(['key-locked'])
  server.asked[1]?.answer('unknown-class')
  await until(() => lost.length === 1)
  await expect.poll(keptKeys).toEqual([])
})

it('[OFF-14] what the device does not keep is counted: where it keeps nothing, and when it is full', async () => {
  const db = await localDb()
  for (let i = 0; i < MAX_KEPT_COMMANDS; i++) {
    await db?.add('commands', { key: `old-${String(i)}`, room: 'u2/p2', name: 'drawing:label', payload: {} })
  }
  const full = outboxOn(slowServer('offline'))
  give(full, 'key-0001')
  await until(() => full.states.value.size === 1)
  expect(full.unkept.value).toBe(1)
  expect((await keptKeys()).includes('key-0001')).toBe(false)
  deviceWithoutStorage()
  const bare = outboxOn(slowServer('offline'))
  give(bare, 'key-0001')
  await until(() => bare.unkept.value === 1)
})
