import { expect, test } from 'vitest'
import { createNewSessions, SESSIONS } from '../../../server/http/new-sessions.ts'
import { networkOf, PerAddress } from '../../../server/http/per-address.ts'

function bench() {
  let now = 0
  let refused = 0
  const sessions = createNewSessions({ clock: { now: () => now }, refused: () => refused++ })
  const admitted = (address: string, times: number): number => {
    let count = 0
    for (let i = 0; i < times; i++) {
      try {
        sessions.admit(address)
        count++
      } catch (error) {
        expect(error).toMatchObject({ code: 'too-many', retryAfterS: 1 })
      }
    }
    return count
  }
  return { admitted, pass: (ms: number) => (now += ms), refused: () => refused }
}

test('[HTTP-12] a class gets its sessions at once, and whoever makes them without end five a second', () => {
  const { admitted, pass, refused } = bench()
  expect(admitted('10.0.0.1', 1_000)).toBe(SESSIONS.burst)
  expect(refused()).toBe(700)
  expect(admitted('10.0.0.2', 30)).toBe(30)
  pass(1_000)
  expect(admitted('10.0.0.1', 1_000)).toBe(SESSIONS.rate)
})

test('[HTTP-12] a proxy on this machine that names nobody is not taken for one person', () => {
  const { admitted } = bench()
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(admitted(address, 1_000)).toBe(1_000)
})

test('[HTTP-12] the addresses of an IPv6 network count as one', () => {
  const same = ['2001:db8:0:7::1', '2001:0DB8::7:1:2:3:4', '2001:db8:0:7:ffff::%eth0']
  expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:0:7::/64']))
  expect(networkOf('2001:db8:0:8::1')).toBe('2001:db8:0:8::/64')
  expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
  expect(networkOf('64:ff9b::10.0.0.1')).toBe('64:ff9b:0:0::/64')
})

test('[HTTP-12] of too many addresses those that asked longest ago are forgotten', () => {
  let made = 0
  const kept = new PerAddress(() => ++made, 2)
  expect([kept.of('a'), kept.of('b'), kept.of('a'), kept.of('c')]).toEqual([1, 2, 1, 3])
  expect([kept.of('a'), kept.of('b')]).toEqual([1, 4])
})
