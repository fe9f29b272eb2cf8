import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_UNSAVED_STROKES } from '../../../client/net/canvas-link.ts'
import { MAX_LOCAL_COPIES, MAX_UNSAVED_BYTES } from '../../../client/net/local-copy.ts'
import { localDb } from '../../../client/net/local-db.ts'
import { newId } from '../../../shared/ids/id.ts'
import { line } from '../../support/clients.ts'
import {
  deviceWithoutStorage,
  newDevice,
  openLink,
  until,
  type OpenedLink,
} from '../../support/local-device.ts'

const stroke = line([100, 100], [400, 400], 12)
const opened: OpenedLink[] = []

/** A page load while the server is away. */
function away(canvasId: string): OpenedLink {
  const one = openLink({ projectId: 'p1', userId: 'u1', canvasId })
  opened.push(one)
  return one
}
const isAway = ({ link }: OpenedLink): Promise<void> => until(() => link.state.kind === 'offline')
const rows = async () => (await (await localDb())?.getAll('canvases')) ?? []
const kept = async (): Promise<string[]> => (await rows()).map(({ canvasId }) => canvasId).sort()

/** Replaces a method of the device's storage for the length of a test. */
function breakStore(
  method: 'add' | 'put',
  broken: (this: { transaction: { abort(): void } }) => object,
): void {
  const { prototype } = Reflect.get(globalThis, 'IDBObjectStore') as { prototype: object }
  const whole: unknown = Reflect.get(prototype, method)
  Reflect.set(prototype, method, broken)
  repairs.push(() => Reflect.set(prototype, method, whole))
}
const repairs: (() => void)[] = []

beforeEach(() => {
  newDevice()
})
afterEach(() => {
  for (const repair of repairs.splice(0)) repair()
  for (const { link } of opened.splice(0)) link.close()
})

describe('what a device keeps', () => {
  it('[OFF-11] is bounded in canvases: the one used longest ago goes first, and never unsaved work', async () => {
    const working = away('c00')
    await until(() => working.link.keeping === 'device')
    working.link.commit(newId(), stroke)
    await expect.poll(async () => (await rows())[0]?.unsaved).toBe(1)
    for (let i = 1; i <= MAX_LOCAL_COPIES; i++) {
      const next = away(`c${String(i).padStart(2, '0')}`)
      await until(() => next.link.keeping === 'device')
      next.link.close()
    }
    const left = await kept()
    expect(left).toHaveLength(MAX_LOCAL_COPIES)
    expect(left).toContain('c00')
    expect(left).not.toContain('c01')
  })

  it('[OFF-11] a device full of unsaved work takes no ink for a further canvas while the server is away', async () => {
    const db = await localDb()
    for (let i = 0; i < MAX_LOCAL_COPIES; i++) {
      const key = `u1/p1/full${String(i)}.1`
      const canvasId = `full${String(i)}`
      const counted = { usedAt: i, unsaved: 1, unsavedBytes: 100 }
      await db?.put('canvases', { key, room: 'u1/p1', canvasId, generation: 1, database: key, ...counted })
    }
    const before = await kept()
    const one = away('c1')
    await isAway(one)
    expect(one.link.keeping).toBe('full')
    expect(one.link.full).toBe(true)
    expect(one.link.takesInk).toBe(false)
    expect(await kept()).toEqual(before)
  })

  it('[OFF-11] is bounded in strokes of a canvas and in bytes of all: the pen is refused, no ink is lost', async () => {
    const one = away('c1')
    await isAway(one)
    const small = line([0, 0], [9, 9], 2)
    for (let i = 0; i < MAX_UNSAVED_STROKES; i++) {
      expect(one.link.takesInk).toBe(true)
      one.link.commit(`s${String(i)}`, small)
    }
    expect(one.link.takesInk).toBe(false)
    expect(one.link.strokes).toHaveLength(MAX_UNSAVED_STROKES)

    const db = await localDb()
    const counted = { usedAt: 1, unsaved: 9, unsavedBytes: MAX_UNSAVED_BYTES }
    await db?.put('canvases', {
      ...{ key: 'u1/p1/big.1', room: 'u1/p1', canvasId: 'big', generation: 1, database: 'big' },
      ...counted,
    })
    const two = away('c2')
    await isAway(two)
    expect(two.link.takesInk).toBe(false)
    expect(two.link.full).toBe(true)
  })

  it('[OFF-12] is kept in memory where the browser keeps nothing, and said to be', async () => {
    deviceWithoutStorage()
    const one = away('c1')
    await isAway(one)
    one.link.commit('s1', stroke)
    expect(one.link.keeping).toBe('memory')
    expect(one.link.takesInk).toBe(true)
    expect(one.link.unsavedCount).toBe(1)
    expect(one.link.strokes).toHaveLength(1)
  })

  it('[OFF-12] is said to be in memory alone once a write fails, for lack of room or otherwise', async () => {
    const refused = away('c1')
    await isAway(refused)
    expect(refused.link.keeping).toBe('device')
    breakStore('put', () => {
      throw new Error('QuotaExceededError')
    })
    refused.link.commit('s1', stroke)
    await until(() => refused.link.keeping === 'memory')
    expect(refused.link.strokes).toHaveLength(1)
  })

  it('[OFF-12] is said to be in memory alone once the document cannot be written', async () => {
    const one = away('c1')
    await isAway(one)
    breakStore('add', function () {
      this.transaction.abort()
      return {}
    })
    one.link.canvas.doc.getMap('any').set('x', 1)
    await until(() => one.link.keeping === 'memory')
    one.link.commit('s1', stroke)
    expect(one.link.strokes).toHaveLength(1)
  })
})
