import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amend,
  AmendmentError,
  checkKey,
  cutKey,
  decodeAmendment,
  encodeCut,
  encodeOffset,
  isAmendment,
  mergeCuts,
  offsetKey,
  type Cut,
} from '../../../shared/canvas/amend.ts'
import { decodeStroke, encodeStroke } from '../../../shared/canvas/codec.ts'
import { MAX_POINTS_PER_STROKE, PAGE_MARGIN, PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'

const POINTS = 40
const position = fc.integer({ min: 0, max: (POINTS - 1) * 64 }).map((step) => step / 64)
const cut = fc.tuple(position, position).map(([a, b]): Cut => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const cuts = fc.array(cut, { maxLength: 12 })
const grid = fc.integer({ min: 0, max: PAGE_SIZE * 8 }).map((step) => step / 8)
const offset = fc.record({
  dx: fc.integer({ min: -24_000, max: 24_000 }).map((step) => step / 8),
  dy: fc.integer({ min: -24_000, max: 24_000 }).map((step) => step / 8),
})
const stroke = fc
  .record({
    at: fc.nat({ max: 4_102_444_800_000 }),
    points: fc.array(fc.tuple(grid, grid, fc.nat({ max: 255 }), fc.nat({ max: 50 })), {
      minLength: 1,
      maxLength: POINTS,
    }),
    rich: fc.boolean(),
  })
  .map(({ at, points, rich }): Stroke => {
    let now = 0
    return {
      at,
      xs: Float32Array.from(points, ([x]) => x),
      ys: Float32Array.from(points, ([, y]) => y),
      pressures: rich ? Float32Array.from(points, ([, , pressure]) => pressure / 255) : null,
      times: rich ? Float32Array.from(points, ([, , , wait]) => (now += wait)) : null,
    }
  })

/** Along x = 8 i, so that a position can be read off a point. */
function ruler(points = POINTS): Stroke {
  const xs = Float32Array.from({ length: points }, (_, i) => i * 8)
  return { at: 1, xs, ys: new Float32Array(points), pressures: null, times: null }
}

/** Whether a position shows in one of the pieces of a ruler, to the codec's grid. */
function shows(pieces: readonly Stroke[], at: number): boolean {
  return pieces.some(({ xs }) => at * 8 >= (xs[0] ?? 0) - 0.07 && at * 8 <= (xs.at(-1) ?? 0) + 0.07)
}

describe('amendments', () => {
  it('[EDIT-1] come back as they were written, and by their key and format', () => {
    fc.assert(
      fc.property(offset, (moved) => {
        const bytes = encodeOffset(moved)
        expect(isAmendment(bytes)).toBe(true)
        expect(decodeAmendment(bytes)).toEqual({ kind: 'offset', offset: moved })
      }),
    )
    fc.assert(
      fc.property(cut, (gone) => {
        expect(decodeAmendment(encodeCut(gone))).toEqual({ kind: 'cut', cut: gone })
      }),
    )
    fc.assert(fc.property(stroke, (drawn) => !isAmendment(encodeStroke(drawn))))
    for (const key of ['s1', offsetKey('s1'), cutKey('s1', 'k0')]) expect(() => checkKey(key)).not.toThrow()
    for (const key of ['', '.at', 's1.', 's1.a.b', 'x'.repeat(65), `s1.${'x'.repeat(17)}`]) {
      expect(() => checkKey(key)).toThrow(AmendmentError)
    }
  })

  it('[EDIT-1] refuses bytes that are none, and any number out of bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        try {
          const amendment = decodeAmendment(bytes)
          const { kind } = amendment
          if (kind === 'offset') {
            expect(Math.abs(amendment.offset.dx)).toBeLessThanOrEqual(PAGE_SIZE + 2 * PAGE_MARGIN)
            expect(Math.abs(amendment.offset.dy)).toBeLessThanOrEqual(PAGE_SIZE + 2 * PAGE_MARGIN)
          } else {
            expect(amendment.cut.from).toBeLessThanOrEqual(amendment.cut.to)
            expect(amendment.cut.to).toBeLessThan(MAX_POINTS_PER_STROKE)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(AmendmentError)
        }
      }),
    )
    expect(() => decodeAmendment(Uint8Array.of(2, 1))).toThrow(/wrong length/)
    expect(() => decodeAmendment(Uint8Array.of(3, 9, 4))).toThrow(/past the end/)
    expect(() => decodeAmendment(Uint8Array.of(3, 1, 4, 4))).toThrow(/wrong length/)
    expect(() => decodeAmendment(Uint8Array.of(4, 1, 4))).toThrow(/unknown/)
    const wild = decodeAmendment(encodeOffset({ dx: NaN, dy: 1e12 }))
    expect(wild).toEqual({ kind: 'offset', offset: { dx: 0, dy: PAGE_SIZE + 2 * PAGE_MARGIN } })
  })

  it('[EDIT-2] shows what no cut covers, and nothing else', () => {
    fc.assert(
      fc.property(cuts, position, (gone, at) => {
        const margin = 1 / 64
        const inside = gone.some(({ from, to }) => at > from + margin && at < to - margin)
        const beside = gone.every(({ from, to }) => to === from || at < from - margin || at > to + margin)
        const pieces = amend(ruler(), null, gone)
        // A piece shorter than the grid is no piece.
        const room = mergeCuts(gone).every(
          ({ from, to }) => Math.min(Math.abs(at - from), Math.abs(at - to)) > 0.1,
        )
        if (inside) expect(shows(pieces, at)).toBe(false)
        if (beside && room) expect(shows(pieces, at)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('[EDIT-2] cuts add up in any order, one at a time or together', () => {
    fc.assert(
      fc.property(stroke, cuts, fc.integer(), (drawn, gone, seed) => {
        const shuffled = [...gone].sort(
          (a, b) => Math.sin(seed + a.from * 7 + a.to) - Math.sin(seed + b.from * 7 + b.to),
        )
        expect(amend(drawn, null, shuffled)).toEqual(amend(drawn, null, gone))
        expect(amend(drawn, null, mergeCuts(gone))).toEqual(amend(drawn, null, gone))
        expect(amend(drawn, null, [...gone, ...gone])).toEqual(amend(drawn, null, gone))
      }),
    )
  })

  it('[EDIT-2] a stroke cut from end to end, or a dot that was rubbed, is gone', () => {
    expect(amend(ruler(), null, [{ from: 0, to: POINTS }])).toEqual([])
    expect(
      amend(ruler(), null, [
        { from: 20, to: 39 },
        { from: 0, to: 20 },
      ]),
    ).toEqual([])
    expect(amend(ruler(1), null, [{ from: 0, to: 0 }])).toEqual([])
    expect(amend(ruler(1), null, [{ from: 2, to: 3 }])).toHaveLength(1)
  })

  it('[EDIT-3] an offset moves every point alike, and nothing off the drawable area', () => {
    fc.assert(
      fc.property(stroke, offset, cuts, (drawn, moved, gone) => {
        const [here] = amend(drawn, moved, [])
        const dx = (here?.xs[0] ?? 0) - (drawn.xs[0] ?? 0)
        const dy = (here?.ys[0] ?? 0) - (drawn.ys[0] ?? 0)
        expect([...(here?.xs ?? [])]).toEqual([...drawn.xs].map((x) => x + dx))
        expect([...(here?.ys ?? [])]).toEqual([...drawn.ys].map((y) => y + dy))
        for (const x of here?.xs ?? [])
          expect(Math.abs(x - PAGE_SIZE / 2)).toBeLessThanOrEqual(PAGE_SIZE / 2 + PAGE_MARGIN)
        if (Math.abs(moved.dx) <= PAGE_MARGIN) expect(dx).toBe(moved.dx)
        expect(amend(drawn, moved, gone)).toHaveLength(amend(drawn, null, gone).length)
      }),
    )
  })

  it('[EDIT-3] every piece is a stroke that comes through the codec unchanged', () => {
    fc.assert(
      fc.property(stroke, fc.option(offset), cuts, (drawn, moved, gone) => {
        for (const piece of amend(drawn, moved, gone)) {
          expect(decodeStroke(encodeStroke(piece))).toEqual(piece)
          expect(piece.at).toBe(drawn.at)
          expect(piece.xs.length).toBeLessThanOrEqual(drawn.xs.length)
        }
      }),
    )
  })
})
