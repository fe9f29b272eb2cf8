import { afterEach, expect, it, vi } from 'vitest'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { AppLimits } from '../../server/app.ts'
import { Client, line } from '../support/clients.ts'
import { refusals } from '../support/refusals.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const protocol = PROTOCOL_VERSION
let server: RoomServer
afterEach(() => server.stop())

async function ownersRoom(limits: AppLimits) {
  server = await startRoomServer((store) => store, limits)
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat'])
  const room = await ada.join(project.id)
  return { ada, codes, projectId: project.id, canvasId: room.you.canvasId ?? '' }
}

/** 'ok', or the code that the handshake was refused with. */
function handshake(client: Client): Promise<string> {
  const { socket } = client
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('ok'))
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) => {
      resolve(error.data?.code ?? error.message)
    })
  })
}

it('[LIMIT-2] connections of the server: full at the handshake, also for a herd; a place again when one ends', async () => {
  const { ada } = await ownersRoom({ connections: 4 })
  const herd = Array.from({ length: 10 }, () => Client.nobody(server.url))
  const answers = await Promise.all(herd.map(handshake))
  expect(answers.filter((answer) => answer === 'ok')).toHaveLength(3)
  expect(answers.filter((answer) => answer === 'full')).toHaveLength(7)
  expect(await refusals(server.url, 'connections')).toBe(7)
  expect(await ada.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok')
  for (const one of herd) one.leave()
  await vi.waitFor(async () => {
    const late = Client.nobody(server.url)
    const answer = await handshake(late)
    late.leave()
    expect(answer).toBe('ok')
  })
  ada.leave()
})

it('[LIMIT-2] rooms with somebody in each: full, and a place again when one is left', async () => {
  const { ada, projectId, canvasId } = await ownersRoom({ rooms: 1 })
  const ben = await Client.arrive(server.url, 'Ben')
  const { project } = await ben.create('empty', ['cat'])
  expect(await ben.refusal('room:join', { projectId: project.id, protocol })).toBe('full')
  expect(await refusals(server.url, 'rooms')).toBe(1)
  expect(await ben.canvas(project.id, 'any').closed).toBe(closeCodes.overloaded)
  const canvas = await ada.canvas(projectId, canvasId).synced()
  canvas.draw(line([0, 0], [50, 50]))
  await canvas.roundTrip()
  ada.leave()
  await vi.waitFor(async () => expect((await ben.join(project.id)).you.canvasId).not.toBeNull())
  ben.leave()
})

it('[LIMIT-2] members of a project: full, who is one comes again, and a place is free when one is removed', async () => {
  const { ada, codes, projectId } = await ownersRoom({ members: 2 })
  const [ben, cai] = [await Client.arrive(server.url, 'Ben'), await Client.arrive(server.url, 'Cai')]
  await ben.joinByCode(codes.viewer)
  await expect(cai.joinByCode(codes.viewer)).rejects.toThrow(/409.*full/)
  expect(await refusals(server.url, 'members')).toBe(1)
  await ben.joinByCode(codes.editor)
  await ben.join(projectId)
  expect(await cai.refusal('room:join', { projectId, protocol })).toBe('forbidden')
  await ada.command('person:remove', { userId: ben.userId })
  await cai.joinByCode(codes.viewer)
  await cai.join(projectId)
  for (const one of [ada, ben, cai]) one.leave()
})

it('[LIMIT-2] canvas connections of the server: 1013, and those that are open go on', async () => {
  const { ada, projectId, canvasId } = await ownersRoom({ canvasConnections: 2 })
  const [one, other] = [ada.canvas(projectId, canvasId), ada.canvas(projectId, canvasId)]
  await Promise.all([one.synced(), other.synced()])
  const third = ada.canvas(projectId, canvasId)
  expect(await third.closed).toBe(closeCodes.overloaded)
  expect(await refusals(server.url, 'sync-connections')).toBeGreaterThan(0)
  const drawn = one.draw(line([0, 0], [50, 50]))
  await vi.waitFor(() => expect(other.strokes()).toEqual([drawn]))
  one.leave()
  // It comes back by itself.
  await third.synced()
  expect(third.strokes()).toEqual([drawn])
  ada.leave()
})

it('[LIMIT-2] documents in memory: 1013 for a canvas, unavailable for a command; one that is there already is served', async () => {
  const { ada, projectId, canvasId } = await ownersRoom({ documents: 1 })
  const canvas = await ada.canvas(projectId, canvasId).synced()
  const { id: further } = await ada.command('canvas:create', { name: 'Further' })
  const refused = ada.canvas(projectId, further)
  expect(await refused.closed).toBe(closeCodes.overloaded)
  refused.leave()
  expect(await ada.refusal('canvas:saved?', { canvasId: further })).toBe('unavailable')
  expect(await refusals(server.url, 'documents')).toBeGreaterThanOrEqual(2)
  const drawn = canvas.draw(line([0, 0], [50, 50]))
  await canvas.roundTrip()
  const { snapshots, rest } = await ada.command('canvas:snapshot', { canvasIds: [further, canvasId] })
  expect(snapshots).toMatchObject([{ canvasId, strokes: [{ id: drawn }] }])
  expect(rest).toEqual([])
  ada.leave()
})
