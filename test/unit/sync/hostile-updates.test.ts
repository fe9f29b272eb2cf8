import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { CanvasClients } from '../../../server/sync/canvas-clients.ts'
import { DroppedKeys } from '../../../server/sync/dropped-keys.ts'
import { inspectUpdate, UpdateRefused } from '../../../server/sync/inspect-update.ts'
import { checkHalfKnown } from '../../../server/sync/novelty.ts'
import { appendPage, currentPage, dropPage, strokesOf } from '../../../shared/canvas/schema.ts'

// The format of Yjs updates, version 1: collected structs, and erased content below a parent that is named.
const GC = 0
const ERASED_WITH_KEY = 1 | 0x20
const CLIENT = 77

interface Written {
  readonly from?: number
  /** Writes the structs; their number follows from it. */
  readonly structs?: readonly ((out: encoding.Encoder) => void)[]
  readonly erases?: readonly (readonly [clock: number, length: number])[]
}

function updateOf({ from = 0, structs = [], erases = [] }: Written): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, structs.length === 0 ? 0 : 1)
    if (structs.length > 0) {
      encoding.writeVarUint(out, structs.length)
      encoding.writeVarUint(out, CLIENT)
      encoding.writeVarUint(out, from)
      for (const write of structs) write(out)
    }
    encoding.writeVarUint(out, erases.length === 0 ? 0 : 1)
    if (erases.length === 0) return
    encoding.writeVarUint(out, CLIENT)
    encoding.writeVarUint(out, erases.length)
    for (const [clock, length] of erases) {
      encoding.writeVarUint(out, clock)
      encoding.writeVarUint(out, length)
    }
  })
}

function collected(length: number): (out: encoding.Encoder) => void {
  return (out) => {
    encoding.writeUint8(out, GC)
    encoding.writeVarUint(out, length)
  }
}

/** What was erased under a key of the map with this id. */
function erased(parent: Y.ID, key: string, length: number): (out: encoding.Encoder) => void {
  return (out) => {
    encoding.writeUint8(out, ERASED_WITH_KEY)
    encoding.writeVarUint(out, 0)
    encoding.writeVarUint(out, parent.client)
    encoding.writeVarUint(out, parent.clock)
    encoding.writeVarString(out, key)
    encoding.writeVarUint(out, length)
  }
}

describe('updates of somebody hostile', () => {
  it('[SYNC-50] clocks that could be written and never read again are refused', () => {
    const most = Number.MAX_SAFE_INTEGER
    const passing = updateOf({ structs: Array.from({ length: 200 }, () => collected(most)) })
    // Taken in, these would make the document unreadable for everybody, and in the store.
    const doc = new Y.Doc()
    Y.applyUpdate(doc, passing)
    expect(() => Y.decodeStateVector(Y.encodeStateVector(doc))).toThrow(/Range/)
    expect(() => inspectUpdate(passing)).toThrow(UpdateRefused)
    expect(() => inspectUpdate(updateOf({ from: most, structs: [collected(1)] }))).toThrow(UpdateRefused)
    expect(() => inspectUpdate(updateOf({ erases: [[most, most]] }))).toThrow(UpdateRefused)
    expect(() => inspectUpdate(updateOf({ structs: [collected(5)], erases: [[0, 5]] }))).not.toThrow()
  })

  it('[SYNC-50] structs of no length, which nobody could read erased, are refused', () => {
    const nothing = updateOf({ structs: [collected(0)] })
    const doc = new Y.Doc()
    Y.applyUpdate(doc, nothing)
    expect(() => Y.applyUpdate(new Y.Doc(), Y.encodeStateAsUpdate(doc))).toThrow()
    expect(() => inspectUpdate(nothing)).toThrow(UpdateRefused)
  })

  it('[SYNC-50] what rests on itself or on what follows it is refused', () => {
    const looped = updateOf({ structs: [erased(Y.createID(CLIENT, 0), 'one', 1)] })
    expect(() => Y.applyUpdate(new Y.Doc(), looped)).toThrow(TypeError)
    expect(() => inspectUpdate(looped)).toThrow(UpdateRefused)
    const later = updateOf({ from: 3, structs: [erased(Y.createID(CLIENT, 9), 'one', 1)] })
    expect(() => inspectUpdate(later)).toThrow(UpdateRefused)
    const earlier = updateOf({ from: 3, structs: [erased(Y.createID(CLIENT, 2), 'one', 1)] })
    expect(() => inspectUpdate(earlier)).not.toThrow()
  })

  it('[SYNC-50] an item of which a part is known and was collected is refused', () => {
    const doc = new Y.Doc()
    appendPage(doc, 'first')
    const map = strokesOf(currentPage(doc))?._item?.id ?? Y.createID(0, 0)
    Y.applyUpdate(doc, updateOf({ structs: [collected(2)] }))
    const half = updateOf({ structs: [erased(map, 's1', 5)] })
    expect(() => Y.applyUpdate(doc, half)).toThrow(TypeError)
    expect(() => checkHalfKnown(doc, inspectUpdate(half))).toThrow(UpdateRefused)
    const whole = updateOf({ from: 2, structs: [erased(map, 's1', 5)] })
    expect(() => checkHalfKnown(doc, inspectUpdate(whole))).not.toThrow()
  })

  it('[SYNC-50] a page whose erased values claim any length is dropped at once', () => {
    const doc = new Y.Doc()
    const dropped = new DroppedKeys(doc)
    appendPage(doc, 'page1')
    const page = currentPage(doc)
    const map = page && strokesOf(page)?._item?.id
    if (!map) throw new Error('a page without strokes')
    const length = 2 ** 39
    Y.applyUpdate(doc, updateOf({ structs: [erased(map, 'one', length)] }))
    const from = performance.now()
    dropPage(doc, 'page1')
    expect(performance.now() - from).toBeLessThan(1_000)
    expect(dropped.keyOf(Y.createID(CLIENT, length - 1))).toEqual({ key: 'one', clientId: CLIENT })
  })

  it('[SYNC-51] a first sync that goes on in the name of somebody who writes here is refused', () => {
    const clients = new CanvasClients([{ clientId: CLIENT, userId: 'ada' }])
    const doc = new Y.Doc()
    const known = (clientId: number): number => Y.getState(doc.store, clientId)
    const forged = inspectUpdate(updateOf({ structs: [collected(5)] }))
    const ben = { userId: 'ben', live: false }
    // After a loss others may bring what its writer has not brought again.
    expect(clients.unboundOf(forged, ben, known)).toEqual([])
    const own = updateOf({ structs: [collected(2)] })
    expect(clients.unboundOf(inspectUpdate(own), { userId: 'ada', live: true }, known)).toEqual([])
    expect(clients.unboundOf(forged, ben, known)).toEqual([])
    Y.applyUpdate(doc, own)
    expect(() => clients.unboundOf(forged, ben, known)).toThrow(/somebody else/)
    expect(() => clients.unboundOf(forged, { userId: 'ada', live: false }, known)).not.toThrow()
    expect(() => clients.unboundOf(inspectUpdate(own), ben, known)).not.toThrow()
  })
})
