import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { IDLE_AFTER_MS, watchIdle } from '../../../client/net/idle.ts'
import { createWatchedTiles } from '../../../client/net/watched-tiles.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function fakePage() {
  const page = Object.assign(new EventTarget(), { hidden: false })
  return {
    page,
    turn(hidden: boolean) {
      page.hidden = hidden
      page.dispatchEvent(new Event('visibilitychange'))
    },
    touch: () => page.dispatchEvent(new Event('pointermove')),
  }
}

it('[TILE-4] the tiles that show are told once they settle, and fetched as they come into view; none in the background', async () => {
  const { page, turn } = fakePage()
  const told: string[][] = []
  const loaded: string[][] = []
  let hears = true
  const tiles = createWatchedTiles({
    page,
    tell: (canvasIds) => {
      told.push([...canvasIds])
      return Promise.resolve(hears)
    },
    load: (canvasIds) => {
      loaded.push([...canvasIds])
      return Promise.resolve()
    },
  })
  const hideA = tiles.show('a')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual([])
  tiles.begin()
  await vi.advanceTimersByTimeAsync(0)
  expect([told, loaded]).toEqual([[['a']], [['a']]])
  // Scrolled past: nobody hears of c.
  tiles.show('b')
  tiles.show('c')()
  hideA()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told.slice(1)).toEqual([['b']])
  expect(loaded.slice(1)).toEqual([['b']])
  turn(true)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told.at(-1)).toEqual([])
  hears = false
  turn(false)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(loaded).toHaveLength(2)
  hears = true
  tiles.begin()
  await vi.advanceTimersByTimeAsync(0)
  expect(told.at(-1)).toEqual(['b'])
  expect(loaded.at(-1)).toEqual(['b'])
  tiles.stop()
  tiles.show('d')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told.at(-1)).toEqual(['b'])
})

it('[PRES-5] without input for two minutes, or in the background, somebody is idle until they touch the page', () => {
  const { page, turn, touch } = fakePage()
  const said: boolean[] = []
  const idle = watchIdle({ page, onChange: (now) => said.push(now) })
  vi.advanceTimersByTime(IDLE_AFTER_MS - 10)
  touch()
  vi.advanceTimersByTime(IDLE_AFTER_MS - 10)
  expect(said).toEqual([])
  vi.advanceTimersByTime(20)
  expect(said).toEqual([true])
  touch()
  turn(true)
  expect(said).toEqual([true, false, true])
  touch()
  expect(idle.idle).toBe(true)
  turn(false)
  vi.advanceTimersByTime(IDLE_AFTER_MS + 10)
  expect(said).toEqual([true, false, true, false, true])
  idle.stop()
  touch()
  expect(said).toHaveLength(5)
})
