import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { UpdateRefused } from '../../../server/sync/inspect-update.ts'
import { PART_BYTES, splitUpdate } from '../../../server/sync/split-update.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { appendPage, currentPage, pagesOf, strokesOf } from '../../../shared/canvas/schema.ts'
import { line } from '../../support/clients.ts'

const nothingKnown = (): number => 0

function split(update: Uint8Array, known: (client: number) => number = nothingKnown): Uint8Array[] {
  const work = splitUpdate(update, known)
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/** Three people who draw, erase and turn pages on one canvas, their changes exchanged now and then. */
function livelyCanvas(seed: number): Y.Doc[] {
  let state = seed
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()]
  const exchange = (): void => {
    for (const one of docs)
      for (const two of docs) Y.applyUpdate(one, Y.encodeStateAsUpdate(two, Y.encodeStateVector(one)))
  }
  const [first] = docs
  if (first) appendPage(first, 'first')
  exchange()
  for (let i = 0; i < 400; i++) {
    const doc = docs[random(3)] ?? new Y.Doc()
    const page = currentPage(doc)
    const strokes = page && strokesOf(page)
    const keys = [...(strokes?.keys() ?? [])]
    const what = random(20)
    if (what === 0) appendPage(doc, `p${String(i)}`)
    else if (what === 1 && pagesOf(doc).length > 9) pagesOf(doc).delete(random(pagesOf(doc).length), 1)
    else if (what < 6 && keys.length > 0) strokes?.delete(keys[random(keys.length)] ?? '')
    else if (what < 9 && keys.length > 0)
      strokes?.set(keys[random(keys.length)] ?? '', encodeStroke(line([0, 0], [50, 50], 9)))
    else strokes?.set(`s${String(i)}`, encodeStroke(line([random(900), 0], [0, random(900)], 900)))
    if (random(5) === 0) exchange()
  }
  exchange()
  return docs
}

describe('a large update in parts', () => {
  it('[SYNC-17] its parts are small, never wait for each other, and together are the whole', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const [doc = new Y.Doc()] = livelyCanvas(seed)
      const update = Y.encodeStateAsUpdate(doc)
      const parts = split(update)
      expect(update.byteLength).toBeGreaterThan(PART_BYTES)
      const copy = new Y.Doc()
      for (const part of parts) {
        expect(part.byteLength).toBeLessThan(1.5 * PART_BYTES)
        Y.applyUpdate(copy, part)
        expect(copy.store.pendingStructs).toBeNull()
        expect(copy.store.pendingDs).toBeNull()
      }
      expect(Y.encodeStateVector(copy)).toEqual(Y.encodeStateVector(doc))
      expect(pagesOf(copy).toJSON()).toEqual(pagesOf(doc).toJSON())
    }
  })

  it('[SYNC-17] what is known already is left out', () => {
    const [doc = new Y.Doc(), other = new Y.Doc()] = livelyCanvas(99)
    const known = new Y.Doc()
    Y.applyUpdate(known, Y.encodeStateAsUpdate(doc))
    const page = currentPage(other)
    if (page) strokesOf(page)?.set('new', encodeStroke(line([0, 0], [50, 50], 9)))
    const parts = split(Y.encodeStateAsUpdate(other), (client) => Y.getState(known.store, client))
    const all = parts.reduce((sum, part) => sum + part.byteLength, 0)
    expect(all).toBeLessThan(5_000)
    for (const part of parts) Y.applyUpdate(known, part)
    expect(pagesOf(known).toJSON()).toEqual(pagesOf(other).toJSON())
  })

  it('[SYNC-18] bytes that are no update, or no canvas content, are refused and nothing else happens', () => {
    const [doc = new Y.Doc()] = livelyCanvas(5)
    const update = Y.encodeStateAsUpdate(doc)
    expect(() => split(update.slice(0, update.byteLength / 2))).toThrow(UpdateRefused)
    let state = 3
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    for (let i = 0; i < 300; i++) {
      const broken = update.slice(0, 2_000)
      for (let k = 0; k < 3; k++) broken[random(200)] = random(256)
      try {
        split(broken)
      } catch (error) {
        expect(error).toBeInstanceOf(UpdateRefused)
      }
    }
    const text = new Y.Doc()
    text.getText('pages').insert(0, 'hello')
    expect(() => split(Y.encodeStateAsUpdate(text))).toThrow(/no place/)
  })
})
