import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commandSchemas } from '../../shared/protocol/payloads.ts'
import { House } from '../support/permission-house.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'
import { probes } from './permissions-probes.ts'
import { columns, rights, type Right, type RightName, type Transport } from './permissions-table.ts'

const ids: Readonly<Record<Transport, string>> = {
  'Socket.IO': '[PERM-SOCKET]',
  Yjs: '[PERM-YJS]',
  REST: '[PERM-REST]',
}

let server: RoomServer
let house: House
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  house = await House.build(server.url)
})
afterEach(() => house.leave())

/** What needs no role: leaving, and the scratch pad. */
const free = ['room:leave', 'scratch:open', 'scratch:set']

test('[PERM-TABLE] every command of a room stands in the table', () => {
  const tried = new Set(Object.values(probes).flatMap((each) => each.map(({ name }) => name)))
  expect(Object.keys(commandSchemas).filter((name) => !tried.has(name))).toEqual(free)
})

for (const [name, right] of Object.entries(rights) as [RightName, Right][])
  describe(right.what, () => {
    test(`[PERM-TABLE] it is tried on ${right.over.join(' and ')}, as the table says`, () => {
      expect(new Set(probes[name].map(({ over }) => over))).toEqual(new Set(right.over))
    })

    for (const probe of probes[name])
      for (const [index, column] of columns.entries()) {
        const allowed = right.cells[index]
        test(`${ids[probe.over]} ${column} ${allowed ? 'may' : 'may not'}: ${probe.name}`, async () => {
          const attempt = await probe.prepare(house)
          await house.become(column)
          const before = await house.state()
          expect(await attempt()).toBe(allowed)
          if (!allowed) expect(await house.state()).toEqual(before)
        })
      }
  })
