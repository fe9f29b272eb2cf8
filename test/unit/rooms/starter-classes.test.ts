import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

it('[LEARN-25] the model of a digits room is told which of its classes are the digits it came with', async () => {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('digits')
  const { classes } = await ada.join(project.id)
  const ids: (string | null)[] = classes.map(({ id }) => id)
  expect(server.learning.starts.at(-1)?.starterClasses).toEqual(ids)
  await ada.command('class:remove', { classId: ids[3] ?? '' })
  // The next class gets the number of the removed one; it is no digit for that.
  expect(await ada.command('class:add', { name: 'cat' })).toMatchObject({ number: 4 })
  await ada.command('class:rename', { classId: ids[5] ?? '', name: 'five' })
  ids[3] = null
  expect((await server.learning.starts.at(-1)?.reload?.())?.starterClasses).toEqual(ids)
  ada.leave()
  server = await server.restart()
  const back = ada.again(server.url)
  await back.join(project.id)
  expect(server.learning.starts.at(-1)?.starterClasses).toEqual(ids)
  back.leave()
})
