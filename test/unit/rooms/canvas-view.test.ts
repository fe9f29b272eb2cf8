import * as Y from 'yjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { CanvasView, type PageChange } from '../../../server/rooms/canvas-view.ts'
import {
  appendPage,
  currentPage,
  cutStroke,
  moveStroke,
  putStroke,
  removeStroke,
} from '../../../shared/canvas/schema.ts'
import { GHOST_LIFE_MS, type InkTail } from '../../../shared/protocol/ink.ts'
import { line } from '../../support/clients.ts'

let doc: Y.Doc
let view: CanvasView
let now: number
let changes: PageChange[]

beforeEach(() => {
  doc = new Y.Doc()
  appendPage(doc, 'page1')
  now = 1_000
  changes = []
  view = new CanvasView('canvas1', doc, { now: () => now }, (change) => changes.push(change))
})

function tail(strokeId: string, start: number, xs: number[], pageId = 'page1'): InkTail {
  const ys = xs.map(() => 0)
  return {
    kind: 'tail',
    canvasId: 'canvas1',
    pageId,
    strokeId,
    start,
    xs: Float32Array.from(xs),
    ys: Float32Array.from(ys),
  }
}

function commit(strokeId: string, points: number): void {
  const page = currentPage(doc)
  if (page) putStroke(page, strokeId, line([0, 0], [90, 90], points))
}

describe('the predictor sees a canvas as it is drawn', () => {
  it('[PRED-1] a stroke counts once, whichever way it comes first', () => {
    view.ink(tail('s1', 0, [1, 2, 3]), 'ada')
    expect(view.look().seen).toMatchObject({ strokeId: 's1', points: 3, strokePoints: 3 })
    commit('s1', 5)
    expect(view.look().seen).toMatchObject({ strokeId: 's1', points: 5, strokePoints: 5 })
    expect(view.look().strokes).toHaveLength(1)
    expect(view.ink(tail('s1', 3, [4, 5]), 'ada')).toBe(false)
    expect(view.look().strokes).toHaveLength(1)
  })

  it('[PRED-2] overlapping tails add their new points alone, and lost ones are bridged', () => {
    view.ink(tail('s1', 0, [0, 10]), 'ada')
    view.ink(tail('s1', 1, [10, 20]), 'ada')
    expect([...(view.look().strokes[0]?.xs as number[])]).toEqual([0, 10, 20])
    view.ink(tail('s1', 5, [50]), 'ada')
    expect([...(view.look().strokes[0]?.xs as number[])]).toEqual([0, 10, 20, 30, 40, 50])
    expect(view.ink(tail('s1', 0, [0, 10]), 'ada')).toBe(false)
  })

  it('[PRED-3] a finished stroke outlives its late tails by 10 s, also when it was erased', () => {
    commit('s1', 5)
    const page = currentPage(doc)
    if (page) removeStroke(page, 's1')
    expect(view.empty).toBe(true)
    now += 9_000
    expect(view.ink(tail('s1', 0, [1]), 'ada')).toBe(false)
    expect(view.empty).toBe(true)
  })

  it('[PRED-4] ink that nobody continues goes after its life', () => {
    view.ink(tail('s1', 0, [1, 2]), 'ada')
    now += GHOST_LIFE_MS - 1
    expect(view.expire()).toBe(false)
    now += 1
    expect(view.expire()).toBe(true)
    expect(view.empty).toBe(true)
  })

  it('[PRED-5] nobody continues or ends the stroke of somebody else', () => {
    view.ink(tail('s1', 0, [1, 2]), 'ada')
    expect(view.ink(tail('s1', 2, [3]), 'eve')).toBe(false)
    expect(view.ink({ kind: 'ended', canvasId: 'canvas1', strokeId: 's1' }, 'eve')).toBe(false)
    expect(view.ink({ kind: 'ended', canvasId: 'canvas1', strokeId: 's1' }, 'ada')).toBe(true)
    expect(view.empty).toBe(true)
  })

  it('[PRED-6] a turned page leaves the ink of the page before behind', () => {
    commit('s1', 5)
    view.ink(tail('s2', 0, [1, 2]), 'ada')
    appendPage(doc, 'page2')
    expect(view.empty).toBe(true)
    expect(changes.at(-1)).toEqual({ pageId: 'page2', turned: true, added: [], removed: [] })
    expect(view.look().seen).toMatchObject({ pageId: 'page2', strokeId: '', points: 0 })
  })

  it('[PRED-7] changes name the strokes that came and went', () => {
    commit('s1', 5)
    const page = currentPage(doc)
    if (page) removeStroke(page, 's1')
    expect(changes.map(({ added, removed }) => [added.map(({ id }) => id), removed])).toEqual([
      [['s1'], []],
      [[], ['s1']],
    ])
  })

  it('[EDIT-4] a moved stroke is replaced, a cut one gives way to its pieces, and the rest is left alone', () => {
    commit('s1', 5)
    commit('s2', 5)
    const page = currentPage(doc)
    if (!page) throw new Error('no page')
    const other = view.snapshot().strokes.find(({ id }) => id === 's2')
    changes.length = 0
    moveStroke(page, 's1', { dx: 8, dy: 16 })
    expect(changes).toMatchObject([{ turned: false, removed: [], added: [{ id: 's1' }] }])
    expect(view.look().strokes.some(({ xs, ys }) => xs[0] === 8 && ys[0] === 16)).toBe(true)
    expect(view.ink(tail('s1', 5, [6]), 'ada')).toBe(false)

    changes.length = 0
    cutStroke(page, 's1', 'k1', { from: 1, to: 2 })
    expect(changes).toMatchObject([{ removed: ['s1'], added: [{ id: 's1p0' }, { id: 's1p1' }] }])
    expect(view.ink(tail('s1', 5, [6]), 'ada')).toBe(false)
    expect(view.snapshot().strokes.map(({ id }) => id)).toEqual(['s1p0', 's1p1', 's2'])
    expect(view.snapshot().strokes.find(({ id }) => id === 's2')).toEqual(other)
    expect(view.look().seen.points).toBe(2 + 3 + 5)

    changes.length = 0
    doc.transact(() => removeStroke(page, 's1'))
    expect(changes).toMatchObject([{ removed: ['s1p0', 's1p1'], added: [] }])
    expect(view.ink(tail('s1', 5, [6]), 'ada')).toBe(false)
  })

  it('[EDIT-4] of 500 strokes and 2,000 cuts only what changed is read anew', () => {
    doc.transact(() => {
      for (let i = 0; i < 500; i++) commit(`s${String(i)}`, 200)
      const page = currentPage(doc)
      for (let i = 0; page && i < 2_000; i++) {
        cutStroke(page, `s${String(i % 500)}`, `k${String(i)}`, {
          from: 10 + Math.floor(i / 500) * 40,
          to: 20 + Math.floor(i / 500) * 40,
        })
      }
    })
    const page = currentPage(doc)
    if (!page) throw new Error('no page')
    const before = new Set(view.look().strokes)
    changes.length = 0
    moveStroke(page, 's0', { dx: 1, dy: 0 })
    const fresh = view.look().strokes.filter((stroke) => !before.has(stroke))
    expect(before.size).toBe(2_500)
    expect(fresh).toHaveLength(5)
    expect(changes[0]?.added).toHaveLength(5)
  })
})
