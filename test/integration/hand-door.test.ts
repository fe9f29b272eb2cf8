import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { Client } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

let server: RoomServer
let room: HandRoom
beforeEach(async () => {
  server = await startRoomServer()
  room = await HandRoom.build(server)
})
afterEach(async () => {
  room.leave()
  await server.stop()
})

const joining = (client: Client): Promise<string> =>
  client.refusal('room:join', { projectId: room.projectId, protocol: PROTOCOL_VERSION })

/** Resolves when the owner is told that these wait, in this order. */
const waiting = (...clients: Client[]): Promise<unknown> =>
  room.ada.next(
    'lobby:changed',
    (told) => told.waiting.map(({ id }) => id).join() === clients.map(({ userId }) => userId).join(),
  )

describe('the lobby', () => {
  it('[HAND-5] newcomers wait, on canvases too, until they are let in or turned away', async () => {
    const { ada, ben, bens, projectId, codes } = room
    await ada.command('hand:lobby', { on: true })
    expect(await joining(ben)).toBe('ok')
    const cleo = await room.arrive('Cleo', codes.editor)
    const dora = await room.arrive('Dora', codes.viewer)
    const first = waiting(cleo)
    expect(await joining(cleo)).toBe('waiting')
    await first
    const both = waiting(cleo, dora)
    expect(await joining(dora)).toBe('waiting')
    await both
    expect((await ada.join(projectId)).waiting.map(({ name }) => name)).toEqual(['Cleo', 'Dora'])
    expect((await ben.join(projectId)).waiting).toEqual([])
    expect(await cleo.canvas(projectId, bens).closed).toBe(4403)
    expect(await cleo.refusal('canvas:open', { canvasId: bens })).toBe('invalid')
    const admitted = cleo.next('lobby:answered')
    const told = ben.next('activity:added', ({ kind }) => kind === 'person-admitted')
    await ada.command('person:admit', { userId: cleo.userId, admit: true })
    expect(await admitted).toEqual({ admitted: true })
    expect(await told).toMatchObject({ userId: cleo.userId, byUserId: ada.userId })
    expect(await joining(cleo)).toBe('ok')
    await cleo.canvas(projectId, bens).synced()
    const refused = dora.next('lobby:answered')
    await ada.command('person:admit', { userId: dora.userId, admit: false })
    expect(await refused).toEqual({ admitted: false })
    expect(await joining(dora)).toBe('waiting')
    const opened = dora.next('lobby:answered')
    await ada.command('hand:lobby', { on: false })
    expect(await opened).toEqual({ admitted: true })
    expect(await joining(dora)).toBe('ok')
  })

  it('[HAND-5] who is in the room already, without a canvas of their own, stays and may come back', async () => {
    const { ada, codes } = room
    const viewer = await room.arrive('Viv', codes.viewer)
    expect(await joining(viewer)).toBe('ok')
    await ada.command('hand:lobby', { on: true })
    expect(await joining(viewer)).toBe('ok')
  })

  it('[HAND-6] a place outlives a reconnect and goes with the person', async () => {
    const { ada, codes } = room
    await ada.command('hand:lobby', { on: true })
    const cleo = await room.arrive('Cleo', codes.editor)
    const dora = await room.arrive('Dora', codes.editor)
    const both = ada.next('lobby:changed', (told) => told.waiting.length === 2)
    expect(await joining(cleo)).toBe('waiting')
    expect(await joining(dora)).toBe('waiting')
    await both
    const lists: string[][] = []
    ada.socket.on('lobby:changed', (told) => lists.push(told.waiting.map(({ name }) => name)))
    cleo.leave()
    const again = cleo.again()
    expect(await joining(again)).toBe('waiting')
    expect((await ada.join(room.projectId)).waiting.map(({ name }) => name)).toEqual(['Cleo', 'Dora'])
    const gone = waiting(dora)
    again.leave()
    await gone
    await vi.waitFor(() => expect(lists).toEqual([['Dora']]))
  }, 15_000)

  it('[HAND-13] an owner made while people wait is told who does, and who is removed while waiting hears it', async () => {
    const { ada, ben, codes } = room
    await ada.command('hand:lobby', { on: true })
    const cleo = await room.arrive('Cleo', codes.editor)
    expect(await joining(cleo)).toBe('waiting')
    const told = ben.next('lobby:changed', (list) => list.waiting.some(({ id }) => id === cleo.userId))
    await ada.command('person:role', { userId: ben.userId, role: 'owner' })
    await told
    const removed = cleo.next('you:role')
    await ben.command('person:remove', { userId: cleo.userId })
    expect(await removed).toEqual({ role: null })
    await vi.waitFor(async () => expect(await joining(cleo)).toBe('forbidden'))
    expect((await ada.join(room.projectId)).waiting).toEqual([])
  })
})

describe('the end of a session', () => {
  it('[HAND-11] everybody but owners leaves and nobody comes in, also after a restart, until it is opened again', async () => {
    const { ada, ben, bens, projectId, codes } = room
    const canvas = await ben.canvas(projectId, bens).synced()
    const told = ben.next('room:ended')
    const owners = await ada.canvas(projectId, bens).synced()
    await ada.command('hand:end', { ended: true })
    expect(await told).toEqual({ byUserId: ada.userId })
    expect(await canvas.closed).toBe(4403)
    await vi.waitFor(async () => expect(await ben.refusal('canvas:open', { canvasId: bens })).toBe('invalid'))
    const refused = async (someone: Client): Promise<void> => {
      expect(await joining(someone)).toBe('ended')
      await expect(someone.joinByCode(codes.editor)).rejects.toThrow('ended')
      expect(await someone.canvas(projectId, bens).closed).toBe(4403)
    }
    await refused(ben)
    expect(await codes.read()).toEqual({ editor: null, viewer: null })
    expect(owners.provider.wsconnected).toBe(true)
    const people = (await ada.join(projectId)).people.filter(({ online }) => online)
    expect(people.map(({ id }) => id)).toEqual([ada.userId])

    server = await server.restart()
    const [adaBack, benBack] = [ada.again(server.url), ben.again(server.url)]
    await refused(benBack)
    expect((await adaBack.join(projectId)).hand.ended).toBe(true)
    expect((await adaBack.command('hand:end', { ended: false })).ended).toBe(false)
    await benBack.joinByCode(codes.editor)
    expect(await joining(benBack)).toBe('ok')
    await benBack.canvas(projectId, bens).synced()
    adaBack.leave()
    benBack.leave()
  })

  it('[HAND-11] who stops being an owner after the end leaves as well, and who waited is turned away', async () => {
    const { ada, ben, codes } = room
    await ada.command('person:role', { userId: ben.userId, role: 'owner' })
    await ada.command('hand:lobby', { on: true })
    const cleo = await room.arrive('Cleo', codes.editor)
    expect(await joining(cleo)).toBe('waiting')
    const refused = cleo.next('lobby:answered')
    await ada.command('hand:end', { ended: true })
    expect(await refused).toEqual({ admitted: false })
    expect(await joining(ben)).toBe('ok')
    const ended = ben.next('room:ended')
    await ada.command('person:role', { userId: ben.userId, role: 'editor' })
    await ended
    expect(await joining(ben)).toBe('ended')
  })

  it('[HAND-2] what the hand holds is there after a restart; the spotlight and who is followed are not', async () => {
    const { ada, bens, projectId } = room
    await ada.command('hand:freeze', { canvasId: bens, frozen: true })
    await ada.command('hand:freeze', { canvasId: null, frozen: true })
    await ada.command('hand:lock-labels', { locked: true })
    await ada.command('hand:hide-names', { hidden: true })
    await ada.command('hand:lobby', { on: true })
    await ada.command('hand:spotlight', { canvasId: bens })
    const hand = await ada.command('hand:follow', { on: true })
    server = await server.restart()
    const again = ada.again(server.url)
    const { hand: kept } = await again.join(projectId)
    expect(kept).toEqual({ ...hand, spotlight: null, followUserId: null })
    expect(kept).toMatchObject({ frozenAll: true, frozenCanvasIds: [bens], labelsLocked: true, lobby: true })
    const ben = room.ben.again(server.url)
    await ben.join(projectId)
    const canvas = await ben.canvas(projectId, bens).synced()
    canvas.turn()
    expect(await canvas.closed).toBe(4409)
    for (const one of [again, ben]) one.leave()
  })
})
