import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { CanvasLimits } from '../../../server/sync/canvas-limits.ts'
import { inspectUpdate, UpdateRefused } from '../../../server/sync/inspect-update.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import {
  MAX_CANVAS_BYTES,
  MAX_POINTS_PER_STROKE,
  MAX_STROKES_PER_PAGE,
} from '../../../shared/canvas/limits.ts'
import { appendPage, currentPage, strokesOf } from '../../../shared/canvas/schema.ts'
import { line } from '../../support/clients.ts'

function canvasWith(strokes: number, points = 2): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    appendPage(doc, 'page1')
    const page = currentPage(doc)
    const bytes = encodeStroke(line([0, 0], [9, 9], points))
    for (let i = 0; i < strokes; i++) if (page) strokesOf(page)?.set(`s${String(i)}`, bytes)
  })
  return doc
}

/** The update of one change made to a copy of the document. */
function changeOf(doc: Y.Doc, change: (copy: Y.Doc) => void): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  const before = Y.encodeStateVector(copy)
  change(copy)
  return Y.encodeStateAsUpdate(copy, before)
}

describe('what an update may bring', () => {
  it('[SYNC-10] the strokes of a page are bounded, and erasing makes room again', () => {
    const doc = canvasWith(MAX_STROKES_PER_PAGE)
    const limits = new CanvasLimits(doc)
    const more = changeOf(doc, (copy) => {
      const page = currentPage(copy)
      if (page) strokesOf(page)?.set('more', encodeStroke(line([0, 0], [9, 9])))
    })
    expect(() => limits.admit(more, inspectUpdate(more))).toThrow(UpdateRefused)
    const page = currentPage(doc)
    if (page) strokesOf(page)?.delete('s0')
    expect(() => limits.admit(more, inspectUpdate(more))).not.toThrow()
  })

  it('[SYNC-11] the bytes of a canvas are bounded', () => {
    const doc = canvasWith(1)
    const limits = new CanvasLimits(doc)
    const bytes = encodeStroke(line([0, 0], [1_000, 1_000], MAX_POINTS_PER_STROKE))
    const much = changeOf(doc, (copy) => {
      const page = currentPage(copy)
      const count = Math.ceil(MAX_CANVAS_BYTES / bytes.byteLength) + 1
      for (let i = 0; i < count; i++) if (page) strokesOf(page)?.set(`m${String(i)}`, bytes)
    })
    expect(() => limits.admit(much, inspectUpdate(much))).toThrow(/bytes/)
  })

  it('[SYNC-12] an update reads as the strokes it carries, by client, with what it erases marked', () => {
    const doc = canvasWith(2)
    const update = Y.encodeStateAsUpdate(doc)
    const { clients, strokes } = inspectUpdate(update)
    expect([...clients.keys()]).toEqual([doc.clientID])
    expect(strokes.map(({ strokeId }) => strokeId)).toEqual(['s0', 's1'])
    expect(strokes.every(({ erased }) => !erased)).toBe(true)
    expect(() => inspectUpdate(Uint8Array.of(1, 200, 3))).toThrow(UpdateRefused)
  })
})
