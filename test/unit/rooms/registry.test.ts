import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createPeople, type People } from '../../../server/identity/people.ts'
import { systemClock } from '../../../server/ops/clock.ts'
import { createProjects, type ProjectService } from '../../../server/rooms/projects.ts'
import { createRooms, type RoomHold, type Rooms, type RoomsOptions } from '../../../server/rooms/registry.ts'
import { openStore } from '../../../server/storage/open.ts'
import type { Store } from '../../../server/storage/store.ts'
import { temporaryFolder } from '../../support/built-server.ts'
import { FakeLearning } from '../../support/fake-learning.ts'

const dataDir = temporaryFolder()
const log = pino({ level: 'silent' })
let store: Store
let rooms: Rooms
let projects: ProjectService
let services: Pick<RoomsOptions, 'store' | 'projects' | 'log' | 'clock'> & { readonly people: People }
const projectIds: string[] = []

beforeAll(async () => {
  store = await openStore({ dataDir, log })
  const people = createPeople({ store, clock: systemClock })
  projects = createProjects({ store, clock: systemClock })
  const ada = await people.arrive('Ada')
  for (const name of ['one', 'two', 'three']) {
    const { project } = await projects.create(ada, { name, template: 'empty', classes: ['cat', 'dog'] })
    projectIds.push(project.id)
  }
  services = { store, projects, people, log, clock: systemClock }
  rooms = createRooms({ ...services, learning: new FakeLearning(), maxRooms: 2 })
})
afterAll(async () => {
  await rooms.saveDrawn(5_000)
  await rooms.end(5_000)
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

test('[ROOM-12] a room that closes while somebody still waits for its model is opened anew for them', async () => {
  const [one = ''] = projectIds
  const learning = new FakeLearning()
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const open = learning.open.bind(learning)
  const opening = vi.spyOn(learning, 'open').mockImplementation((start) => held.then(() => open(start)))
  const own = createRooms({ ...services, learning, idleMs: 1 })
  const waiting = own.open(one)
  await vi.waitFor(() => expect(opening).toHaveBeenCalled())
  const visitor = await own.open(one)
  const saving = vi.spyOn(visitor.room.canvases.documents, 'flush')
  visitor.release()
  await vi.waitFor(() => expect(saving).toHaveBeenCalled())
  letGo()
  const mine = await waiting
  expect(mine.room).not.toBe(visitor.room)
  expect((await own.open(one)).room).toBe(mine.room)
  await own.end(5_000)
})

test('[ROOM-16] a room that nobody is in stays open while a full training goes on there', async () => {
  const [one = ''] = projectIds
  const learning = new FakeLearning()
  const own = createRooms({ ...services, learning, idleMs: 1 })
  const hold = await own.open(one)
  const { model } = hold.room
  await model.opened
  for (const [index, classId] of ['c1', 'c2'].entries())
    learning.learn(one, { id: classId, seq: index + 1, classId, split: 'train', strokes: [] })
  await model.startJob({ mnist: false, promote: 'hand' })
  const asked = vi.spyOn(model, 'busy', 'get')
  hold.release()
  await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(3))
  expect(learning.status(one)?.job?.state).toBe('running')
  await learning.pause(one)
  await vi.waitFor(() => expect(learning.status(one)).toBeNull())
  await own.end(5_000)
})

test('[ROOM-13] a setting that changes while its room is being read holds in the room', async () => {
  const [one = ''] = projectIds
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const listCanvases = vi.fn((projectId: string) => held.then(() => store.listCanvases(projectId)))
  const own = createRooms({ ...services, store: { ...store, listCanvases }, learning: new FakeLearning() })
  const opening = own.open(one)
  await vi.waitFor(() => expect(listCanvases).toHaveBeenCalled())
  await projects.update(one, { settings: { editorsMayManage: true } })
  letGo()
  const { room } = await opening
  room.access.set('ben', 'editor')
  expect(() => room.access.require('ben', 'training:pause')).not.toThrow()
  await own.end(5_000)
})

test('[FORGET-7] a room that is being read while its project is deleted does not stay', async () => {
  const { project } = await projects.create(await services.people.arrive('Ben'), {
    name: 'four',
    template: 'empty',
    classes: ['cat', 'dog'],
  })
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const records = await store.listCanvases(project.id)
  const listCanvases = vi.fn(() => held.then(() => records))
  const openings: Promise<RoomHold>[] = []
  const deleteProject = async (id: string): Promise<void> => {
    if (openings.length === 0) openings.push(own.open(id))
    await vi.waitFor(() => expect(listCanvases).toHaveBeenCalled())
    await store.deleteProject(id)
    letGo()
  }
  const changed = { ...store, listCanvases, deleteProject }
  const own: Rooms = createRooms({ ...services, store: changed, learning: new FakeLearning() })
  await own.remove(project.id)
  expect((await openings[0])?.room.deleted).toBe(true)
  await expect(own.open(project.id)).rejects.toMatchObject({ code: 'unknown-project' })
  await own.end(5_000)
})
