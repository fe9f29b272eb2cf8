import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PeopleHere } from '../../../server/rooms/people-here.ts'
import { PEOPLE_MS, PeopleNews } from '../../../server/rooms/people-news.ts'
import type { RoomPayload } from '../../../server/rooms/ports.ts'
import type { User } from '../../../shared/protocol/entities.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function house() {
  const told: RoomPayload<'people:changed'>[] = []
  const people: PeopleHere = new PeopleHere(
    (userId) => news.add(userId),
    () => false,
  )
  const news = new PeopleNews({ now: () => Date.now() }, people, (one) => told.push(one))
  return { people, told }
}
const user = (id: string): User => ({ id, name: id, animal: 'owl', pen: 1 })

it('[PRES-1] who comes, changes and goes is gathered and told at most ten times a second, as it is then', () => {
  const { people, told } = house()
  for (let i = 0; i < 150; i++) people.enter(user(`u${String(i)}`), 'editor', `s${String(i)}`)
  vi.advanceTimersByTime(20)
  expect(told.map(({ people: some }) => some.length)).toEqual([150])
  const from = Date.now()
  while (Date.now() - from < 1_000) {
    people.open('u1', 's1', `c${String(Date.now() % 7)}`)
    people.enter(user('guest'), 'viewer', 'g')
    people.leave('guest', 'g')
    vi.advanceTimersByTime(5)
  }
  expect(told.length).toBeGreaterThan(5)
  expect(told.length).toBeLessThanOrEqual(2 + 1_000 / PEOPLE_MS)
  expect(told.slice(1).every(({ left }) => left.includes('guest'))).toBe(true)
  vi.advanceTimersByTime(200)
  const last = told.at(-1)?.people.find(({ id }) => id === 'u1')
  expect(last?.canvasId).toBe(people.get('u1')?.canvasId)
})

it('[PRES-2] a person is idle when all their connections are', () => {
  const { people } = house()
  people.enter(user('ada'), 'editor', 'one')
  people.enter(user('ada'), 'editor', 'two')
  people.idle('ada', 'one', true)
  expect(people.get('ada')?.idle).toBe(false)
  people.idle('ada', 'two', true)
  expect(people.get('ada')).toMatchObject({ idle: true, online: true })
  people.idle('ada', 'one', false)
  expect(people.get('ada')?.idle).toBe(false)
  people.leave('ada', 'one')
  expect(people.get('ada')?.idle).toBe(true)
})

it('[PRES-3] a reconnect is the same person: the late end of the old connection takes nothing away', () => {
  const { people, told } = house()
  people.enter(user('ada'), 'editor', 'old')
  people.open('ada', 'old', 'c1')
  people.enter(user('ada'), 'editor', 'new')
  expect(people.get('ada')?.canvasId).toBe('c1')
  people.open('ada', 'new', 'c2')
  people.leave('ada', 'old')
  people.leave('ada', 'old')
  vi.runAllTimers()
  expect(people.get('ada')).toMatchObject({ online: true, canvasId: 'c2' })
  expect(people.count).toBe(1)
  expect(told.flatMap(({ left }) => left)).toEqual([])
  expect(people.withCanvasOpen('c2')).toEqual(['ada'])
  people.leave('ada', 'new')
  vi.runAllTimers()
  expect(told.at(-1)?.left).toEqual(['ada'])
  expect(people.count).toBe(0)
})
