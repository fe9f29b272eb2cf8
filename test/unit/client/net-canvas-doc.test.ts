import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { CanvasDoc, MAX_UNDO_STEPS } from '../../../client/net/canvas-doc.ts'
import { appendPage, currentPage, findPage, origins, rawStrokes } from '../../../shared/canvas/schema.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'

let clock = 0
function strokeAt(x: number): Stroke {
  return {
    at: ++clock,
    xs: Float32Array.of(x, x + 8),
    ys: Float32Array.of(5, 6),
    pressures: null,
    times: null,
  }
}

/** Editors of one canvas, as many as asked for, with a first page as the server makes it. */
function editors<Names extends string>(...names: Names[]) {
  const seed = new Y.Doc()
  appendPage(seed, 'first')
  const made = names.map((name) => {
    const canvas = new CanvasDoc({ onChange: () => undefined })
    Y.applyUpdate(canvas.doc, Y.encodeStateAsUpdate(seed), 'remote')
    return [name, canvas] as const
  })
  const all = made.map(([, canvas]) => canvas)
  const sync = (): void => {
    for (const to of all) {
      for (const from of all) {
        if (to !== from)
          Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'remote')
      }
    }
  }
  return { ...(Object.fromEntries(made) as Record<Names, CanvasDoc>), sync }
}
const ids = (canvas: CanvasDoc): string[] => canvas.strokes.map(({ id }) => id)

describe('undo on a shared canvas', () => {
  it('[DOC-1] takes back my strokes only, newest first', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    sync()
    leo.commit('l1', strokeAt(2))
    sync()
    mia.commit('m2', strokeAt(3))
    sync()
    expect(ids(leo)).toEqual(['m1', 'l1', 'm2'])
    mia.undo()
    mia.undo()
    sync()
    expect(ids(leo)).toEqual(['l1'])
    expect(mia.canUndo).toBe(false)
    mia.redo()
    sync()
    expect(ids(leo)).toEqual(['m1', 'l1'])
    leo.undo()
    sync()
    expect(ids(mia)).toEqual(['m1'])
  })

  it('[DOC-2] brings back what I erased, also others’ strokes, one drag of the eraser in one step', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    leo.commit('l1', strokeAt(2))
    sync()
    mia.erase(['l1'])
    mia.erase(['m1', 'unknown'])
    mia.endStep()
    sync()
    expect(ids(leo)).toEqual([])
    expect(leo.canUndo).toBe(true)
    mia.undo()
    sync()
    expect(ids(leo)).toEqual(['m1', 'l1'])
    mia.undo()
    sync()
    expect(ids(leo)).toEqual(['l1'])
  })

  it('[DOC-3] keeps a bounded number of steps and forgets them when the page turns', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    for (let i = 0; i < MAX_UNDO_STEPS + 20; i++) mia.commit(`s${String(i)}`, strokeAt(i))
    let steps = 0
    while (mia.canUndo) {
      mia.undo()
      steps++
    }
    expect(steps).toBe(MAX_UNDO_STEPS)
    expect(mia.strokes).toHaveLength(20)
    sync()
    leo.turn()
    sync()
    expect(mia.canUndo).toBe(false)
    expect(mia.canRedo).toBe(false)
  })
})

describe('clean pages', () => {
  it('[DOC-4] clear turns the page, and undo brings it back while the new one is clean', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    mia.clear()
    sync()
    expect(ids(leo)).toEqual([])
    expect(leo.pageId).not.toBe('first')
    mia.undo()
    sync()
    expect(leo.pageId).toBe('first')
    expect(ids(leo)).toEqual(['m1'])
    expect(mia.canUndo).toBe(false)
  })

  it('[DOC-4] undo first takes back what was drawn since, then brings the page back', () => {
    const { mia } = editors('mia')
    mia.commit('m1', strokeAt(1))
    mia.clear()
    mia.commit('m2', strokeAt(2))
    mia.undo()
    expect(ids(mia)).toEqual([])
    mia.undo()
    expect(ids(mia)).toEqual(['m1'])
  })

  it('[DOC-5] a page does not come back over what somebody else has drawn since; nothing is lost', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    mia.clear()
    sync()
    leo.commit('l1', strokeAt(2))
    sync()
    expect(mia.canUndo).toBe(false)
    expect(mia.restoreCleared()).toBe('own')
    sync()
    expect(ids(mia)).toEqual(['l1'])
    const page = findPage(leo.doc, 'first')
    expect(page && [...rawStrokes(page).keys()]).toEqual(['m1'])
  })

  it('[DOC-4] clearing a clean page does nothing', () => {
    const { mia } = editors('mia')
    mia.clear()
    expect(mia.pageId).toBe('first')
    expect(mia.canUndo).toBe(false)
  })
})

describe('the page turn of a label', () => {
  it('[DOC-6] turns at once, names the page, and deletes nothing', () => {
    const { mia } = editors('mia')
    mia.commit('m1', strokeAt(1))
    const turn = mia.turn()
    expect(turn?.pageId).toBe('first')
    expect(ids(mia)).toEqual([])
    const page = findPage(mia.doc, 'first')
    expect(page && rawStrokes(page).size).toBe(1)
    expect(mia.turn()).toBeNull()
  })

  it('[DOC-7] its state vector covers the strokes and, by coming after them, the erasures', () => {
    const { mia, leo } = editors('mia', 'leo')
    const updates: Uint8Array[] = []
    mia.doc.on('update', (update: Uint8Array) => updates.push(update))
    mia.commit('m1', strokeAt(1))
    mia.commit('m2', strokeAt(2))
    mia.erase(['m2'])
    const turn = mia.turn()
    const wanted = Y.decodeStateVector(turn?.stateVector ?? new Uint8Array())
    const covered = (): boolean =>
      [...wanted].every(([client, upTo]) => Y.getState(leo.doc.store, client) >= upTo)
    for (const update of updates) {
      expect(covered()).toBe(false)
      Y.applyUpdate(leo.doc, update, 'remote')
    }
    expect(covered()).toBe(true)
    const page = findPage(leo.doc, 'first')
    expect(page && [...rawStrokes(page).keys()]).toEqual(['m1'])
  })

  it('[DOC-8] a refused label brings the page back, unless somebody has drawn since', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    const refused = mia.turn()
    expect(refused?.undoTurn()).toBe('current')
    expect(ids(mia)).toEqual(['m1'])
    const again = mia.turn()
    sync()
    leo.commit('l1', strokeAt(2))
    sync()
    expect(again?.undoTurn()).toBe('own')
    expect(ids(mia)).toEqual(['l1'])
  })

  it('[DOC-9] a stroke begun before a turn lands on the current page', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    leo.commit('l1', strokeAt(1))
    sync()
    leo.turn()
    sync()
    mia.commit('m1', strokeAt(2))
    sync()
    expect(ids(leo)).toEqual(['m1'])
    expect(leo.pageId).toBe(mia.pageId)
  })
})

describe('saved or kept here', () => {
  it('[DOC-10] a stroke is unsaved until a state vector covers it', () => {
    const { mia, leo, sync } = editors('mia', 'leo')
    mia.commit('m1', strokeAt(1))
    const early = Y.encodeStateVector(mia.doc)
    mia.commit('m2', strokeAt(2))
    leo.commit('l1', strokeAt(3))
    sync()
    expect(mia.unsavedCount).toBe(2)
    mia.noteSaved(early)
    expect(mia.unsavedStrokes().map(({ id }) => id)).toEqual(['m2'])
    mia.noteSaved(Y.encodeStateVector(leo.doc))
    expect(mia.unsavedCount).toBe(0)
    expect(leo.unsavedCount).toBe(1)
    mia.noteSaved(early)
    expect(mia.unsavedCount).toBe(0)
  })

  it('[DOC-10] a stroke taken back is not unsaved; bytes that are no state vector save nothing', () => {
    const { mia } = editors('mia')
    mia.commit('m1', strokeAt(1))
    mia.noteSaved(Uint8Array.of(255, 255, 255))
    expect(mia.unsavedCount).toBe(1)
    mia.undo()
    expect(mia.unsavedCount).toBe(0)
    mia.redo()
    expect(mia.unsavedCount).toBe(1)
  })

  it('[DOC-11] unsaved strokes move to a new document once, in parts, and are no step of undo there', () => {
    const { mia, leo } = editors('mia', 'leo')
    for (let i = 0; i < 30; i++) mia.commit(`s${String(i)}`, strokeAt(i))
    leo.putBack(mia.unsavedStrokes())
    leo.putBack(mia.unsavedStrokes())
    expect(leo.strokes).toHaveLength(30)
    expect(leo.unsavedCount).toBe(30)
    expect(leo.canUndo).toBe(false)
  })

  it('[DOC-12] what is no stroke in the document is left out, not fatal', () => {
    const { mia } = editors('mia')
    const strokes = currentPage(mia.doc)?.get('strokes')
    if (!(strokes instanceof Y.Map)) throw new Error('the page has no strokes')
    mia.doc.transact(() => strokes.set('junk', Uint8Array.of(9, 9)), origins.load)
    mia.commit('m1', strokeAt(1))
    expect(ids(mia)).toEqual(['m1'])
  })
})
