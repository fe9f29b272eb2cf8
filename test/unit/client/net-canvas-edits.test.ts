import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { CanvasDoc } from '../../../client/net/canvas-doc.ts'
import { cutsWithin, fewCuts, MAX_CUTS_PER_SWEEP } from '../../../client/net/rubbing.ts'
import { MAX_AMENDMENTS_PER_PAGE, MAX_STROKES_PER_PAGE } from '../../../shared/canvas/limits.ts'
import { appendPage, currentPage, rawStrokes, readStrokes } from '../../../shared/canvas/schema.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'

let clock = 0
/** A level line from x = 0 to 400 with a point every 10. */
function level(y: number): Stroke {
  const xs = Float32Array.from({ length: 41 }, (_, i) => i * 10)
  return { at: ++clock, xs, ys: new Float32Array(41).fill(y), pressures: null, times: null }
}

function editors(count: number) {
  const seed = new Y.Doc()
  appendPage(seed, 'first')
  const all = Array.from({ length: count }, () => {
    const canvas = new CanvasDoc({ onChange: () => undefined })
    Y.applyUpdate(canvas.doc, Y.encodeStateAsUpdate(seed), 'remote')
    return canvas
  })
  const send = (from: CanvasDoc, to: CanvasDoc): void =>
    Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'remote')
  const sync = (): void => {
    for (const to of all) for (const from of all) if (to !== from) send(from, to)
  }
  return { all, send, sync }
}

function two() {
  const { all, sync, send } = editors(2)
  const [mia, leo] = all
  if (!mia || !leo) throw new Error('two editors')
  return { mia, leo, sync, send }
}

/** Spans of x that show, by line. */
function spans(canvas: CanvasDoc): string[] {
  return canvas.strokes
    .map(({ stroke: { xs, ys } }) => `${String(ys[0])}: ${String(xs[0])}-${String(xs.at(-1))}`)
    .sort()
}

function rub(canvas: CanvasDoc, x: number, y: number, radius = 20): void {
  canvas.erasePart(x, y, radius)
  canvas.endStep()
}

const amendments = (canvas: CanvasDoc): string[] => {
  const page = currentPage(canvas.doc)
  return page ? [...rawStrokes(page).keys()].filter((key) => key.includes('.')) : []
}

describe('rubbing out, moving and copying on a shared canvas', () => {
  it('[EDIT-6] a part that is rubbed out shows at once and is written when the sweep ends, in few cuts', () => {
    const { mia, leo, sync } = two()
    mia.commit('a', level(10))
    sync()
    for (let x = 100; x <= 200; x += 5) leo.erasePart(x, 10, 20)
    expect(spans(leo)).toEqual(['10: 0-80', '10: 220-400'])
    expect(amendments(leo)).toEqual([])
    leo.endStep()
    sync()
    expect(spans(mia)).toEqual(['10: 0-80', '10: 220-400'])
    expect(amendments(mia)).toHaveLength(1)
    leo.undo()
    sync()
    expect(spans(mia)).toEqual(['10: 0-400'])
    expect(amendments(mia)).toEqual([])
    leo.redo()
    sync()
    expect(spans(mia)).toEqual(['10: 0-80', '10: 220-400'])
  })

  it('[EDIT-6] a stroke of which nothing is left is removed with what was done to it, and comes back by undo', () => {
    const { mia, leo, sync } = two()
    mia.commit('a', level(10))
    mia.move(['a'], { dx: 5, dy: 5 })
    for (let x = 0; x <= 420; x += 10) mia.erasePart(x, 15, 20)
    mia.endStep()
    sync()
    const page = currentPage(leo.doc)
    expect(page && [...rawStrokes(page).keys()]).toEqual([])
    mia.undo()
    sync()
    expect(spans(leo)).toEqual(['15: 5-405'])
  })

  it('[EDIT-6] one sweep leaves a bounded number of cuts, and a full page takes no more of them', () => {
    const zigzag = cutsWithin(
      { ...level(0), ys: Float32Array.from({ length: 41 }, (_, i) => (i % 2 ? 60 : -60)) },
      200,
      0,
      2_000,
    )
    expect(zigzag).toEqual([{ from: 0, to: 40 }])
    const many = Array.from({ length: 100 }, (_, i) => ({ from: i * 2, to: i * 2 + (i === 50 ? 1.9 : 1) }))
    const few = fewCuts(many, MAX_CUTS_PER_SWEEP)
    expect(few).toHaveLength(MAX_CUTS_PER_SWEEP)
    expect(few[0]?.from).toBe(0)
    expect(few.at(-1)?.to).toBe(199)

    const { mia } = two()
    mia.commit('a', level(10))
    const page = currentPage(mia.doc)
    mia.doc.transact(() => {
      for (let i = 0; page && i < MAX_AMENDMENTS_PER_PAGE; i++) {
        ;(page.get('strokes') as Y.Map<Uint8Array>).set(`gone.${String(i)}`, Uint8Array.of(3, 0, 0))
      }
    })
    expect(mia.nearlyFull).toBe(true)
    rub(mia, 100, 10)
    mia.move(['a'], { dx: 9, dy: 9 })
    expect(spans(mia)).toEqual(['10: 0-400'])
    expect(amendments(mia)).toHaveLength(MAX_AMENDMENTS_PER_PAGE)
  })

  it('[EDIT-7] two who rub out parts of one stroke at once both have their way', () => {
    const { mia, leo, sync } = two()
    mia.commit('a', level(10))
    sync()
    rub(mia, 100, 10)
    rub(leo, 300, 10)
    sync()
    for (const canvas of [mia, leo]) expect(spans(canvas)).toEqual(['10: 0-80', '10: 120-280', '10: 320-400'])
    mia.undo()
    sync()
    for (const canvas of [mia, leo]) expect(spans(canvas)).toEqual(['10: 0-280', '10: 320-400'])
  })

  it('[EDIT-7] whole wins over part, and over a move; undone, what the other did still holds', () => {
    for (const order of ['mia first', 'leo first']) {
      const { mia, leo, sync, send } = two()
      mia.commit('a', level(10))
      mia.commit('b', level(50))
      sync()
      mia.erase(['a', 'b'])
      mia.endStep()
      rub(leo, 100, 10)
      leo.move(['b'], { dx: 0, dy: 100 })
      if (order === 'mia first') send(mia, leo)
      else send(leo, mia)
      sync()
      for (const canvas of [mia, leo]) expect(spans(canvas), order).toEqual([])
      mia.undo()
      sync()
      for (const canvas of [mia, leo]) {
        expect(spans(canvas), order).toEqual(['10: 0-80', '10: 120-400', '150: 0-400'])
      }
    }
  })

  it('[EDIT-7] two who erase the same stroke at once: it is gone, and comes back with either undo', () => {
    for (const who of ['mia', 'leo'] as const) {
      const { mia, leo, sync } = two()
      mia.commit('a', level(10))
      sync()
      for (const canvas of [mia, leo]) {
        canvas.erase(['a'])
        canvas.endStep()
      }
      sync()
      for (const canvas of [mia, leo]) expect(spans(canvas)).toEqual([])
      ;({ mia, leo })[who].undo()
      sync()
      for (const canvas of [mia, leo]) expect(spans(canvas)).toEqual(['10: 0-400'])
    }
  })

  it('[EDIT-8] a move is one small value; of two moves of one stroke one holds, and undo takes back mine alone', () => {
    const { mia, leo, sync } = two()
    // Of two writers at once the one with the higher id holds.
    leo.doc.clientID = 1
    mia.commit('a', level(10))
    mia.commit('b', level(50))
    sync()
    mia.move(['a', 'b'], { dx: 100, dy: 0 })
    leo.move(['a'], { dx: 0, dy: 300 })
    sync()
    expect(spans(mia)).toEqual(spans(leo))
    expect(spans(mia)).toEqual(['10: 100-500', '50: 100-500'])

    leo.move(['b'], { dx: 0, dy: 7 })
    sync()
    mia.undo()
    sync()
    expect(spans(mia)).toEqual(spans(leo))
    expect(spans(mia)).toEqual(['10: 0-400', '57: 100-500'])
    expect(amendments(mia)).toEqual(['b.at'])
  })

  it('[EDIT-8] a moved stroke keeps its cuts, and is rubbed out where it lies now', () => {
    const { mia } = two()
    mia.commit('a', level(10))
    rub(mia, 100, 10)
    mia.move([mia.strokes[0]?.id ?? ''], { dx: 0, dy: 200 })
    expect(spans(mia)).toEqual(['210: 0-80', '210: 120-400'])
    rub(mia, 300, 10)
    rub(mia, 300, 210)
    expect(spans(mia)).toEqual(['210: 0-80', '210: 120-280', '210: 320-400'])
    mia.undo()
    mia.undo()
    mia.undo()
    expect(spans(mia)).toEqual(['10: 0-400'])
  })

  it('[EDIT-9] a copy is a stroke of its own, as it showed, in one step of undo; a full page takes none', () => {
    const { mia, leo, sync } = two()
    mia.commit('a', level(10))
    rub(mia, 100, 10)
    const copies = mia.duplicate(['ap0'], { dx: 24, dy: 24 }, 5_000)
    expect(copies).toHaveLength(2)
    sync()
    expect(spans(leo)).toEqual(['10: 0-80', '10: 120-400', '34: 144-424', '34: 24-104'])
    mia.move(copies, { dx: 0, dy: 100 })
    expect(spans(mia)).toEqual(['10: 0-80', '10: 120-400', '134: 144-424', '134: 24-104'])
    mia.undo()
    mia.undo()
    sync()
    expect(spans(leo)).toEqual(['10: 0-80', '10: 120-400'])

    mia.putBack(Array.from({ length: MAX_STROKES_PER_PAGE - 2 }, (_, i) => one(`x${String(i)}`)))
    expect(mia.nearlyFull).toBe(true)
    expect(mia.duplicate(['ap0'], { dx: 24, dy: 24 }, 5_000)).toEqual([])
  })

  it('[EDIT-7] whatever three people do in whatever order, they end with the same page', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = xoroshiro128plus(seed)
      const below = (most: number): number => uniformInt(random, 0, most - 1)
      const { all, send, sync } = editors(3)
      for (let step = 0; step < 60; step++) {
        const canvas = all[below(3)]
        const to = all[below(3)]
        if (!canvas || !to) throw new Error('three editors')
        const some = canvas.strokes.filter(() => below(3) === 0).map(({ id }) => id)
        const doing = below(9)
        if (doing === 0) canvas.commit(`s${String(seed)}x${String(step)}`, level(below(20) * 20))
        if (doing === 1) rub(canvas, below(400), below(20) * 20, 10 + below(60))
        if (doing === 2) canvas.move(some, { dx: below(60) - 30, dy: below(60) - 30 })
        if (doing === 3) canvas.duplicate(some.slice(0, 3), { dx: 8, dy: 8 }, ++clock)
        if (doing === 4 && below(3) === 0) canvas.erase(some.slice(0, 2))
        if (doing === 4) canvas.endStep()
        if (doing === 5) canvas.undo()
        if (doing === 6) canvas.redo()
        if (doing === 7 && canvas !== to) send(canvas, to)
        if (doing === 8 && below(20) === 0) canvas.clear()
      }
      sync()
      sync()
      const [first, ...others] = all.map(({ doc, strokes }) => {
        const page = currentPage(doc)
        expect(strokes, `seed ${String(seed)}`).toEqual(page && readStrokes(page))
        return { strokes, raw: page && [...rawStrokes(page)].sort(([a], [b]) => (a < b ? -1 : 1)) }
      })
      for (const other of others) expect(other, `seed ${String(seed)}`).toEqual(first)
    }
  })
})

function one(id: string): { id: string; bytes: Uint8Array } {
  const canvas = new CanvasDoc({ onChange: () => undefined })
  appendPage(canvas.doc, 'p')
  canvas.commit(id, level(900))
  const page = currentPage(canvas.doc)
  return { id, bytes: (page && rawStrokes(page).get(id)) ?? new Uint8Array() }
}
