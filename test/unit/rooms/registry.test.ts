import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPeople } from '../../../server/identity/people.ts'
import { systemClock } from '../../../server/ops/clock.ts'
import { createProjects } from '../../../server/rooms/projects.ts'
import { createRooms, type Rooms } from '../../../server/rooms/registry.ts'
import { openStore } from '../../../server/storage/open.ts'
import type { Store } from '../../../server/storage/store.ts'
import { temporaryFolder } from '../../support/built-server.ts'
import { FakeLearning } from '../../support/fake-learning.ts'

const dataDir = temporaryFolder()
const log = pino({ level: 'silent' })
let store: Store
let rooms: Rooms
const projectIds: string[] = []

beforeAll(async () => {
  store = await openStore({ dataDir, log })
  const people = createPeople({ store, clock: systemClock })
  const projects = createProjects({ store, clock: systemClock })
  const ada = await people.arrive('Ada')
  for (const name of ['one', 'two', 'three']) {
    const { project } = await projects.create(ada, { name, template: 'empty', classes: ['cat', 'dog'] })
    projectIds.push(project.id)
  }
  const learning = new FakeLearning()
  rooms = createRooms({ store, learning, projects, people, log, clock: systemClock, maxRooms: 2 })
})
afterAll(async () => {
  await rooms.stop(5_000)
  await store.close()
  await rm(dataDir, { recursive: true, force: true })
})

test('[ROOM-11] a full server closes the room that has been empty longest, and never one in use', async () => {
  const [one = '', two = '', three = ''] = projectIds
  const first = await rooms.open(one)
  const second = await rooms.open(two)
  await expect(rooms.open(three)).rejects.toMatchObject({ code: 'full' })
  second.release()
  first.release()
  const third = await rooms.open(three)
  const again = await rooms.open(one)
  expect(again.room).toBe(first.room)
  await expect(rooms.open(two)).rejects.toMatchObject({ code: 'full' })
  third.release()
  const anew = await rooms.open(two)
  expect(anew.room).not.toBe(second.room)
})
