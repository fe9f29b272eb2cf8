import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStroke, encodeStroke, snap, StrokeCodecError } from '../../../shared/canvas/codec.ts'
import {
  MAX_POINTS_PER_STROKE,
  MAX_STROKE_BYTES,
  PAGE_MARGIN,
  PAGE_SIZE,
} from '../../../shared/canvas/limits.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'
import { loadDigits, loadSketches } from '../../support/fixtures.ts'

const LEAST = -PAGE_MARGIN
const MOST = PAGE_SIZE + PAGE_MARGIN

const pixel = fc.integer({ min: LEAST * 8, max: MOST * 8 }).map((step) => step / 8)
const point = fc.record({
  x: pixel,
  y: pixel,
  pressure: fc.integer({ min: 0, max: 255 }),
  wait: fc.nat({ max: 3_000 }),
})
const stroke = fc
  .record({
    at: fc.nat({ max: 4_102_444_800_000 }),
    points: fc.array(point, { minLength: 1, maxLength: 300 }),
    hasPressures: fc.boolean(),
    hasTimes: fc.boolean(),
  })
  .map(({ at, points, hasPressures, hasTimes }): Stroke => {
    let now = 0
    return {
      at,
      xs: Float32Array.from(points, ({ x }) => x),
      ys: Float32Array.from(points, ({ y }) => y),
      pressures: hasPressures ? Float32Array.from(points, ({ pressure }) => pressure / 255) : null,
      times: hasTimes ? Float32Array.from(points, ({ wait }) => (now += wait)) : null,
    }
  })

describe('stroke codec', () => {
  it('[CODEC-1] every stroke on the grid survives a round trip unchanged', () => {
    fc.assert(
      fc.property(stroke, (original) => {
        expect(decodeStroke(encodeStroke(original))).toEqual(original)
      }),
      { seed: 1 },
    )
  })

  it('[CODEC-1] real drawings survive it as well', () => {
    for (const { strokes } of [...loadDigits(1_700_000_000_000), ...loadSketches(1_700_000_000_000)]) {
      for (const original of strokes) expect(decodeStroke(encodeStroke(original))).toEqual(original)
    }
  })

  it('[CODEC-2] any number lands on the grid, inside the drawable area, at most 1/16 px away', () => {
    fc.assert(
      fc.property(fc.double({ min: LEAST, max: MOST, noNaN: true }), (value) => {
        const snapped = snap(value)
        expect(Number.isInteger(snapped * 8)).toBe(true)
        expect(Math.abs(snapped - value)).toBeLessThanOrEqual(1 / 16)
      }),
      { seed: 2 },
    )
    fc.assert(
      fc.property(fc.double(), (value) => {
        const snapped = snap(value)
        expect(snapped).toBeGreaterThanOrEqual(LEAST)
        expect(snapped).toBeLessThanOrEqual(MOST)
      }),
      { seed: 3 },
    )
  })

  it('[CODEC-2] strokes with wild numbers encode to something that decodes', () => {
    const wild = fc.array(fc.tuple(fc.double(), fc.double(), fc.double(), fc.double()), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(wild, fc.double(), (points, at) => {
        const bytes = encodeStroke({
          at,
          xs: Float32Array.from(points, ([x]) => x),
          ys: Float32Array.from(points, ([, y]) => y),
          pressures: Float32Array.from(points, ([, , pressure]) => pressure),
          times: Float32Array.from(points, ([, , , time]) => time),
        })
        expect(decodeStroke(bytes).xs).toHaveLength(points.length)
      }),
      { seed: 4 },
    )
  })

  it('[CODEC-3] garbage is a StrokeCodecError or a stroke within all limits, never anything else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectHonest), { seed: 5, numRuns: 2_000 })
  })

  it('[CODEC-3] so is a stroke with altered, missing or added bytes', () => {
    const altered = fc
      .tuple(
        stroke,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(),
      )
      .map(([original, changes, cut]) => {
        const bytes = encodeStroke(original)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return cut % 3 === 0 ? bytes.slice(0, cut % bytes.length) : bytes
      })
    fc.assert(fc.property(altered, expectHonest), { seed: 6, numRuns: 1_000 })
    const bytes = encodeStroke(firstStroke())
    expect(() => decodeStroke(Uint8Array.of(...bytes, 0))).toThrow(StrokeCodecError)
  })

  it('[CODEC-4] the longest stroke at its largest deltas keeps to MAX_STROKE_BYTES', () => {
    const all = MAX_POINTS_PER_STROKE
    const swing = Float32Array.from({ length: all }, (_, i) => (i % 2 === 0 ? LEAST : MOST))
    const bytes = encodeStroke({
      at: 1_700_000_000_000,
      xs: swing,
      ys: swing,
      pressures: new Float32Array(all).fill(1),
      times: Float32Array.from({ length: all }, (_, i) => i * 100),
    })
    expect(bytes.byteLength).toBeLessThanOrEqual(MAX_STROKE_BYTES)
    expect(decodeStroke(bytes).xs).toEqual(swing)
  })
})

function expectHonest(bytes: Uint8Array): void {
  let decoded: Stroke
  try {
    decoded = decodeStroke(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(StrokeCodecError)
    return
  }
  const { xs, ys, at, pressures, times } = decoded
  expect(xs.length).toBeGreaterThanOrEqual(1)
  expect(xs.length).toBeLessThanOrEqual(MAX_POINTS_PER_STROKE)
  expect(ys).toHaveLength(xs.length)
  expect([...xs, ...ys].every((value) => value >= LEAST && value <= MOST)).toBe(true)
  expect(Number.isSafeInteger(at) && at >= 0).toBe(true)
  expect(pressures?.length ?? xs.length).toBe(xs.length)
  expect(times?.every((time, i) => Number.isFinite(time) && time >= (times[i - 1] ?? 0)) ?? true).toBe(true)
}

function firstStroke(): Stroke {
  const first = loadDigits()[0]?.strokes[0]
  if (!first) throw new Error('no fixture')
  return first
}
