import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SavedQuestion } from '../../../client/net/saved-question.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function asked(answers: readonly (Uint8Array | null)[]) {
  const left = [...answers]
  const told: Uint8Array[] = []
  const unsaved = { is: true }
  let times = 0
  const question = new SavedQuestion({
    ask: () => {
      times++
      const answer = left.shift() ?? null
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('refused'))
    },
    open: () => unsaved.is,
    onAnswer: (stateVector) => {
      told.push(stateVector)
      unsaved.is = stateVector[0] !== 1
    },
    pauseMs: 1_000,
  })
  return { question, told, unsaved, times: () => times }
}

it('[NET-16] a refused answer is asked for again after a pause, until there is one', async () => {
  const { question, told, times } = asked([null, null, Uint8Array.of(1)])
  await question.ask()
  expect(times()).toBe(1)
  await vi.advanceTimersByTimeAsync(2_500)
  expect(told).toEqual([Uint8Array.of(1)])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toBe(3)
})

it('[NET-16] asks again while an answer leaves something open, and where no acknowledgement comes', async () => {
  const { question, told, unsaved, times } = asked([Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(1)])
  await question.ask()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toEqual([Uint8Array.of(0), Uint8Array.of(1)])
  unsaved.is = true
  question.watch()
  await vi.advanceTimersByTimeAsync(800)
  question.heard()
  await vi.advanceTimersByTimeAsync(800)
  expect(times()).toBe(2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toBe(3)
})

it('[NET-16] asking anew takes the place of what was asked before; nothing is asked once all is saved', async () => {
  const { question, unsaved, times } = asked([])
  await Promise.all([question.ask(), question.ask(), question.ask()])
  expect(times()).toBe(3)
  await vi.advanceTimersByTimeAsync(1_500)
  expect(times()).toBe(4)
  unsaved.is = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toBe(4)
  unsaved.is = true
  await question.ask()
  question.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toBe(5)
})
