import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Lobby } from '../../../server/rooms/lobby.ts'
import { animals, type User } from '../../../shared/protocol/entities.ts'
import { MAX_WAITING } from '../../../shared/protocol/limits.ts'
import type { LimitName } from '../../../server/rooms/ports.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function person(index: number): User {
  return { id: `person${String(index)}`, name: `Person ${String(index)}`, animal: animals[0], pen: 1 }
}

it('[HAND-5] a class that comes at once is told to owners in few lists, the last of which is how things are', () => {
  const lists: number[] = []
  const lobby = new Lobby({
    metrics: undefined,
    changed: (waiting) => lists.push(waiting.length),
    answered: () => undefined,
  })
  for (let i = 0; i < 200; i++) {
    lobby.wait(person(i), `socket${String(i)}`)
    vi.advanceTimersByTime(1)
  }
  vi.advanceTimersByTime(100)
  expect(lists.at(-1)).toBe(200)
  expect(lists.length).toBeLessThanOrEqual(4)
  lobby.answerAll(true)
  vi.advanceTimersByTime(100)
  expect(lists.at(-1)).toBe(0)
  lobby.wait(person(300), 'late')
  lobby.stop()
  const told = lists.length
  vi.runAllTimers()
  expect(lists).toHaveLength(told)
})

it('[LIMIT-2] people waiting: full, and a place again when one is answered', () => {
  const refused: LimitName[] = []
  const metrics = {
    count: () => undefined,
    observe: () => undefined,
    refused: (limit: LimitName) => refused.push(limit),
  }
  const lobby = new Lobby({ metrics, changed: () => undefined, answered: () => undefined })
  for (let i = 0; i < MAX_WAITING; i++) lobby.wait(person(i), 'socket')
  expect(() => lobby.wait(person(MAX_WAITING), 'socket')).toThrow(expect.objectContaining({ code: 'full' }))
  expect(refused).toEqual(['lobby'])
  // Who waits already may come by another socket.
  lobby.wait(person(0), 'other')
  lobby.answer('person0', false)
  lobby.wait(person(MAX_WAITING), 'socket')
  lobby.stop()
})
