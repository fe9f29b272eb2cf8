import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { inspectUpdate, UpdateRefused } from '../../../server/sync/inspect-update.ts'
import { LandedStrokes } from '../../../server/sync/landed-strokes.ts'
import { encodeCut, encodeOffset } from '../../../shared/canvas/amend.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import {
  appendPage,
  currentPage,
  cutStroke,
  dropPage,
  moveStroke,
  putStroke,
  readStrokes,
  strokesOf,
  type Page,
  type PageStrokes,
} from '../../../shared/canvas/schema.ts'
import { line } from '../../support/clients.ts'

function begin(clientID?: number): Y.Doc {
  const doc = new Y.Doc()
  if (clientID !== undefined) doc.clientID = clientID
  return doc
}

function pageOf(doc: Y.Doc): Page {
  const page = currentPage(doc)
  if (!page) throw new Error('no page')
  return page
}

function strokes(doc: Y.Doc): PageStrokes {
  const map = strokesOf(pageOf(doc))
  if (!map) throw new Error('no strokes')
  return map
}

function updateOf(doc: Y.Doc, change: () => void): Uint8Array {
  const before = Y.encodeStateVector(doc)
  doc.transact(change)
  return Y.encodeStateAsUpdate(doc, before)
}

describe('moves and cuts on their way to the server', () => {
  it('[EDIT-5] an update tells what it amends, also where it replaces a move of its own', () => {
    const doc = begin()
    appendPage(doc, 'p1')
    const update = updateOf(doc, () => {
      putStroke(pageOf(doc), 's1', line([0, 0], [90, 90]))
      moveStroke(pageOf(doc), 's1', { dx: 8, dy: 8 })
      moveStroke(pageOf(doc), 's1', { dx: 9, dy: 9 })
      cutStroke(pageOf(doc), 's1', 'k1', { from: 1, to: 2 })
    })
    const { strokes: drawn, amendments } = inspectUpdate(update)
    expect(drawn.map(({ strokeId }) => strokeId)).toEqual(['s1'])
    expect(amendments.filter(({ erased }) => !erased).map(({ key }) => key)).toEqual(['s1.at', 's1.k1'])
  })

  it('[EDIT-5] refuses what cannot be read, and values under keys that are not theirs', () => {
    const wrong: readonly [string, Uint8Array][] = [
      ['s1.at', Uint8Array.of(2, 0)],
      ['s1.k1', Uint8Array.of(3, 9, 1)],
      ['s1', encodeOffset({ dx: 1, dy: 1 })],
      ['s1.k1', encodeStroke(line([0, 0], [9, 9]))],
      ['s1.k1.k2', encodeCut({ from: 0, to: 1 })],
      [`s1.${'k'.repeat(17)}`, encodeCut({ from: 0, to: 1 })],
      ['.k1', encodeCut({ from: 0, to: 1 })],
    ]
    for (const [key, bytes] of wrong) {
      const doc = begin()
      appendPage(doc, 'p1')
      const update = updateOf(doc, () => strokes(doc).set(key, bytes))
      expect(() => inspectUpdate(update), key).toThrow(UpdateRefused)
    }
  })

  it('[EDIT-4] what was done to a stroke lands with it, in the same update or a later one', () => {
    const server = begin()
    appendPage(server, 'p1')
    const ada = begin(7)
    Y.applyUpdate(ada, Y.encodeStateAsUpdate(server))
    server.transact(() => {
      appendPage(server, 'p2')
      dropPage(server, 'p1')
    })
    const landed = new LandedStrokes(server, (clientId) => (clientId === 7 ? 'ada' : undefined))
    const bring = (change: () => void): void => {
      const update = updateOf(ada, change)
      const before = new Map([[7, Y.getState(server.store, 7)]])
      Y.applyUpdate(server, update)
      landed.land(inspectUpdate(update), before)
    }
    bring(() => {
      putStroke(pageOf(ada), 's1', line([0, 0], [90, 90], 5))
      moveStroke(pageOf(ada), 's1', { dx: 8, dy: 0 })
    })
    bring(() => cutStroke(pageOf(ada), 's1', 'k1', { from: 1, to: 2 }))
    expect(readStrokes(pageOf(server)).map(({ id, stroke }) => [id, stroke.xs[0]])).toEqual([
      ['s1p0', 8],
      ['s1p1', 53],
    ])
    expect(landed.contributorsOf('p2')).toEqual(['ada'])
  })

  it("[EDIT-4] a stroke stays its first writer's, whoever moved, erased and brought it back", () => {
    const ada = begin(7)
    appendPage(ada, 'p1')
    putStroke(pageOf(ada), 's1', line([0, 0], [90, 90]))
    const ben = begin(8)
    Y.applyUpdate(ben, Y.encodeStateAsUpdate(ada))
    const undo = new Y.UndoManager(strokes(ben), { trackedOrigins: new Set([null]) })
    moveStroke(pageOf(ben), 's1', { dx: 8, dy: 0 })
    undo.stopCapturing()
    strokes(ben).delete('s1')
    undo.undo()
    expect(strokes(ben)._map.get('s1')?.id.client).toBe(8)
    const people = new LandedStrokes(ben, (clientId) => ({ 7: 'ada', 8: 'ben' })[clientId])
    expect(people.contributorsOf('p1')).toEqual(['ada'])
  })
})
