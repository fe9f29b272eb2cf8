import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newId } from '../../../shared/ids/id.ts'
import { Client, line } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

it('[STOP-8] a stop saves how far the training has come, also where its status was not told yet', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('empty', ['cat'])
  const room = await ada.join(project.id)
  const canvasId = room.you.canvasId ?? ''
  const canvas = await ada.canvas(project.id, canvasId).synced()
  const label = async (): Promise<void> => {
    canvas.draw(line([0, 0], [300, 300]))
    const { pageId, stateVector } = canvas
    const classId = room.classes[0]?.id ?? ''
    await ada.command('drawing:label', { canvasId, pageId, classId, stateVector, idempotencyKey: newId() })
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
  }
  await label()
  expect(await ada.command('checkpoint:save', {})).toMatchObject({ step: 1 })
  const known = server.learning.status(project.id)
  vi.spyOn(server.learning, 'status').mockReturnValue(known)
  await label()
  ada.leave()
  server = await server.restart()
  const back = ada.again(server.url)
  await back.join(project.id)
  const checkpoint = server.learning.starts.at(-1)?.checkpoint
  expect(checkpoint && new DataView(Uint8Array.from(checkpoint).buffer).getUint32(0)).toBe(2)
  back.leave()
})
