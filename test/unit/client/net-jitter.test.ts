import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { Server } from 'socket.io'
import { afterEach, expect, it, vi } from 'vitest'
import { growingPause, retryPause, spreadPause } from '../../../client/net/jitter.ts'
import { connectSocket } from '../../../client/net/socket.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

it('[OFF-15] pauses before a try grow to a bound and fill the time up to it, so that 200 do not come in step', () => {
  const generator = xoroshiro128plus(7)
  const random = (): number => uniformInt(generator, 0, 999_999) / 1e6
  for (const [tries, most] of [
    [0, 400],
    [3, 3_000],
    [50, 3_000],
  ] as const) {
    const pauses = Array.from({ length: 200 }, () => retryPause(tries, random))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most)
    for (let part = 0; part < 10; part++) {
      const within = pauses.filter((ms) => ms >= (part * most) / 10 && ms < ((part + 1) * most) / 10)
      expect(within.length).toBeGreaterThan(5)
      expect(within.length).toBeLessThan(45)
    }
  }
  expect(spreadPause(Number.NaN, random)).toBe(0)
  expect(spreadPause(1e12, random)).toBeLessThanOrEqual(10_000)
})

it('[OFF-15] after a server said that it stops, its clients come back spread over the time it named', async () => {
  const people = 30
  const spreadMs = 1_500
  const came: number[] = []
  const io = new Server(0)
  ends.push(() => io.close())
  io.on('connection', () => came.push(performance.now()))
  const { port } = io.httpServer.address() as { port: number }
  const sockets = Array.from({ length: people }, () =>
    connectSocket({ token: null, url: `http://127.0.0.1:${String(port)}` }),
  )
  ends.push(() => {
    for (const socket of sockets) socket.close()
  })
  await vi.waitFor(() => expect(came).toHaveLength(people), { timeout: 10_000 })
  await vi.waitFor(() => expect(sockets.every(({ status }) => status.value === 'online')).toBe(true))
  const from = performance.now()
  io.emit('room:closing', { retry: true, spreadMs })
  io.disconnectSockets(true)
  await vi.waitFor(() => expect(came).toHaveLength(2 * people), { timeout: 8_000 })
  const back = came.slice(people).map((at) => at - from)
  const halves = [back.filter((ms) => ms < spreadMs / 2), back.filter((ms) => ms >= spreadMs / 2)]
  for (const half of halves) expect(half.length).toBeGreaterThan(people / 6)
})

it('[OFF-15] a document that is begun anew again and again waits longer each time, and after a calm as at first', () => {
  const clock = { now: 1_000 }
  const pause = growingPause(
    () => clock.now,
    () => 0.5,
  )
  expect([pause(), pause(), pause()]).toEqual([200, 400, 800])
  for (let i = 0; i < 5; i++) pause()
  expect(pause()).toBe(5_000)
  clock.now += 10_001
  expect(pause()).toBe(200)
})
