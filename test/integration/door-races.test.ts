import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Store } from '../../server/storage/store.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { Client } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

/** Holds calls of the store back; `reached` tells how many wait. */
class Barrier {
  reached = 0
  private opened = Promise.resolve()
  private lift = (): void => undefined
  close(): void {
    this.reached = 0
    this.opened = new Promise((resolve) => (this.lift = resolve))
  }
  open(): void {
    this.lift()
  }
  async pass(): Promise<void> {
    this.reached++
    await this.opened
  }
}

let server: RoomServer
const samples = new Barrier()
const loads = new Barrier()
const held = (store: Store): Store => ({
  ...store,
  listSamples: async (projectId) => {
    await samples.pass()
    return store.listSamples(projectId)
  },
  loadCanvas: async (canvasId) => {
    await loads.pass()
    return store.loadCanvas(canvasId)
  },
})
beforeEach(async () => {
  server = await startRoomServer(held)
})
afterEach(async () => {
  samples.open()
  loads.open()
  await server.stop()
})

it('[ROOM-14] who comes in while another one is being told of the room is among those the other one hears of', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const ben = await Client.arrive(server.url, 'Ben')
  await ben.joinByCode(codes.viewer)
  samples.close()
  const joining = ada.join(project.id)
  await vi.waitFor(() => expect(samples.reached).toBe(1))
  const told = ada.next('people:changed', ({ people }) => people.some(({ id }) => id === ben.userId))
  const coming = ben.join(project.id)
  await told
  samples.open()
  const { people } = await joining
  expect(people.filter(({ online }) => online).map(({ id }) => id)).toContain(ben.userId)
  await coming
  ada.leave()
  ben.leave()
})

it('[ROOM-14] who is removed while being told of the room is not in it', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const ben = await Client.arrive(server.url, 'Ben')
  await ben.joinByCode(codes.editor)
  samples.close()
  const adas = ada.join(project.id)
  const here = ada.next('people:changed', ({ people }) => people.some(({ id }) => id === ben.userId))
  await vi.waitFor(() => expect(samples.reached).toBe(1))
  const bens = ben.refusal('room:join', { projectId: project.id, protocol: PROTOCOL_VERSION })
  await here
  const ended = ben.next('you:role')
  await ada.command('person:remove', { userId: ben.userId })
  expect(await ended).toEqual({ role: null })
  samples.open()
  expect(await bens).toBe('forbidden')
  expect((await adas).people.map(({ id }) => id)).not.toContain(ben.userId)
  ada.leave()
  ben.leave()
})

it('[SYNC-13] whose membership ends while the canvas is being loaded gets nothing of it', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, bens, projectId } = room
  loads.close()
  const canvas = ben.canvas(projectId, bens)
  await vi.waitFor(() => expect(loads.reached).toBe(1))
  await ada.command('person:remove', { userId: ben.userId })
  loads.open()
  expect(await canvas.closed).toBe(4403)
  expect(canvas.pageId).toBe('')
  room.leave()
})

it('[HAND-5] who waits in the lobby hears nothing of the room, also with another role', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, codes, projectId } = room
  await ada.command('hand:lobby', { on: true })
  const cleo = await room.arrive('Cleo', codes.viewer)
  expect(await cleo.refusal('room:join', { projectId, protocol: PROTOCOL_VERSION })).toBe('waiting')
  const heard: string[] = []
  cleo.socket.onAny((event: string) => heard.push(event))
  await cleo.joinByCode(codes.editor)
  await vi.waitFor(() => expect(heard).toEqual(['you:role']))
  const told = ben.next('hand:changed')
  await ada.command('hand:freeze', { canvasId: null, frozen: true })
  await told
  const answered = cleo.next('lobby:answered')
  await ada.command('person:admit', { userId: cleo.userId, admit: true })
  await answered
  expect(heard).toEqual(['you:role', 'lobby:answered'])
  room.leave()
})

it('[HAND-7] who is followed may come back by another connection', async () => {
  const room = await HandRoom.build(server)
  const { ada, ben, projectId } = room
  const led = ben.next('hand:changed', ({ followUserId }) => followUserId === ada.userId)
  await ada.command('hand:follow', { on: true })
  await led
  const gone = ben.next('people:changed', ({ people }) =>
    people.some(({ id, online }) => id === ada.userId && !online),
  )
  const changes: (string | null)[] = []
  ben.socket.on('hand:changed', ({ followUserId }) => changes.push(followUserId))
  ada.leave()
  await gone
  const back = ada.again()
  expect((await back.join(projectId)).hand.followUserId).toBe(ada.userId)
  await back.command('hand:follow', { on: false })
  await vi.waitFor(() => expect(changes).toEqual([null]))
  back.leave()
  room.leave()
})
