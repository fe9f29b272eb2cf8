import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { CanvasLedger } from '../../../server/sync/canvas-ledger.ts'
import { addedBytes, checkPages } from '../../../server/sync/canvas-limits.ts'
import { inspectUpdate, UpdateRefused } from '../../../server/sync/inspect-update.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import {
  MAX_CANVAS_BYTES,
  MAX_PAGES_PER_CANVAS,
  MAX_POINTS_PER_PAGE,
  MAX_POINTS_PER_STROKE,
  MAX_STROKES_PER_PAGE,
} from '../../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  pagesOf,
  strokesOf,
  type PageStrokes,
} from '../../../shared/canvas/schema.ts'
import { line } from '../../support/clients.ts'

const MOST_STROKES = Math.floor(MAX_STROKES_PER_PAGE * 1.1)

function currentStrokes(doc: Y.Doc): PageStrokes {
  const page = currentPage(doc)
  const strokes = page && strokesOf(page)
  if (!strokes) throw new Error('a page without strokes')
  return strokes
}

function canvasWith(strokes: number, points = 2): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    appendPage(doc, 'page1')
    const bytes = encodeStroke(line([0, 0], [9, 9], points))
    for (let i = 0; i < strokes; i++) currentStrokes(doc).set(`s${String(i)}`, bytes)
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

function ledgerOf(doc: Y.Doc): CanvasLedger {
  return new CanvasLedger(doc, Y.encodeStateAsUpdate(doc).byteLength)
}

function check(doc: Y.Doc, ledger: CanvasLedger, update: Uint8Array): void {
  checkPages(ledger, inspectUpdate(update), (client) => Y.getState(doc.store, client))
}

describe('what an update may bring', () => {
  it('[SYNC-10] the strokes of a page are bounded, and erasing makes room again', () => {
    const doc = canvasWith(MOST_STROKES)
    const ledger = ledgerOf(doc)
    const more = changeOf(doc, (copy) => currentStrokes(copy).set('more', encodeStroke(line([0, 0], [9, 9]))))
    expect(() => check(doc, ledger, more)).toThrow(UpdateRefused)
    currentStrokes(doc).delete('s0')
    expect(() => check(doc, ledger, more)).not.toThrow()
    Y.applyUpdate(doc, more)
    expect(() => check(doc, ledger, more)).not.toThrow()
  })

  it('[SYNC-10] strokes that come back after they were erased count as well, those that replace one do not', () => {
    const doc = canvasWith(MOST_STROKES)
    const strokes = currentStrokes(doc)
    const bytes = encodeStroke(line([0, 0], [9, 9]))
    const ledger = ledgerOf(doc)
    for (let i = 0; i < 10; i++) strokes.delete(`s${String(i)}`)
    for (let i = 0; i < 10; i++) strokes.set(`n${String(i)}`, bytes)
    const back = changeOf(doc, (copy) => currentStrokes(copy).set('s3', bytes))
    expect(() => check(doc, ledger, back)).toThrow(UpdateRefused)
    const replacing = changeOf(doc, (copy) => currentStrokes(copy).set('n3', bytes))
    expect(() => check(doc, ledger, replacing)).not.toThrow()
  })

  it('[SYNC-15] the points of a page and the pages of a canvas are bounded', () => {
    const strokes = Math.floor((MAX_POINTS_PER_PAGE * 1.1) / MAX_POINTS_PER_STROKE)
    const doc = canvasWith(strokes, MAX_POINTS_PER_STROKE)
    const ledger = ledgerOf(doc)
    expect(ledger.full).toBe(true)
    const long = encodeStroke(line([0, 0], [9, 9], MAX_POINTS_PER_STROKE))
    const more = changeOf(doc, (copy) => currentStrokes(copy).set('more', long))
    expect(() => check(doc, ledger, more)).toThrow(/points/)
    const pages = changeOf(doc, (copy) => {
      for (let i = 0; i < MAX_PAGES_PER_CANVAS + 20; i++) appendPage(copy, `p${String(i)}`)
    })
    expect(() => check(doc, ledger, pages)).toThrow(/pages/)
  })

  it('[SYNC-11] what is counted is never less than the encoded document, whatever is drawn and erased', () => {
    let state = 7
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    const doc = canvasWith(3)
    const ledger = ledgerOf(doc)
    const peer = new Y.Doc()
    Y.applyUpdate(peer, Y.encodeStateAsUpdate(doc))
    for (let i = 0; i < 600; i++) {
      const on = random(2) === 0 ? doc : peer
      const strokes = currentStrokes(on)
      const keys = [...strokes.keys()].filter((key) => !key.includes('.'))
      const what = random(20)
      if (what === 0) appendPage(on, `p${String(i)}`)
      else if (what === 1 && pagesOf(on).length > 2) pagesOf(on).delete(random(pagesOf(on).length - 1), 1)
      else if (what < 8 && keys.length > 0) strokes.delete(keys[random(keys.length)] ?? '')
      else if (what < 10 && keys.length > 0) strokes.set(`${keys[0] ?? ''}.at`, Uint8Array.of(2, 1, 1))
      else strokes.set(`s${String(i)}`, encodeStroke(line([0, 0], [900, 900], 1 + random(80))))
      const update = Y.encodeStateAsUpdate(peer, Y.encodeStateVector(doc))
      const known = (client: number): number => Y.getState(doc.store, client)
      const least = addedBytes(inspectUpdate(update), update.byteLength, known)
      const before = Y.encodeStateAsUpdate(doc).byteLength
      Y.applyUpdate(doc, update)
      Y.applyUpdate(peer, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(peer)))
      const encoded = Y.encodeStateAsUpdate(doc).byteLength
      expect(ledger.bytes).toBeGreaterThanOrEqual(encoded)
      expect(encoded - before).toBeLessThanOrEqual(Math.max(0, least) + 40)
      if (i % 100 === 99) ledger.calibrate(encoded)
    }
    const fresh = ledgerOf(doc)
    expect(ledger.ofPages()).toEqual(fresh.ofPages())
  })

  it('[SYNC-16] counting an update takes no copy of the document: its cost does not grow with the canvas', () => {
    const doc = canvasWith(MAX_STROKES_PER_PAGE, 100)
    const ledger = ledgerOf(doc)
    const update = changeOf(doc, (copy) =>
      currentStrokes(copy).set('one', encodeStroke(line([0, 0], [9, 9]))),
    )
    let walked = 0
    for (const page of pagesOf(doc)) {
      const strokes = strokesOf(page)
      if (strokes) strokes.forEach = () => walked++
    }
    Y.applyUpdate(doc, update)
    currentStrokes(doc).delete('s7')
    expect(walked).toBe(0)
    expect([...ledger.ofPages().values()][0]).toMatchObject({ strokes: MAX_STROKES_PER_PAGE })
    const before = ledger.bytes
    dropPage(doc, 'page1')
    expect(ledger.bytes).toBeLessThan(before / 2)
    expect(ledger.pageCount).toBe(0)
    expect(MAX_CANVAS_BYTES).toBeGreaterThan(ledger.bytes)
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
