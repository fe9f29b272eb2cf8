import { describe, expect, it } from 'vitest'
import { strokesWithin } from '../../../client/features/draw/hit-test.ts'
import { InkPen } from '../../../client/features/draw/ink-pen.ts'
import { inkRuns, widthAt } from '../../../client/features/draw/ink-runs.ts'
import { InkSender } from '../../../client/features/draw/ink-sender.ts'
import type { PenPoint } from '../../../client/features/draw/pen-point.ts'
import { LEAST_STEP, StrokeBuilder } from '../../../client/features/draw/stroke-builder.ts'
import { decodeStroke, encodeStroke, snap } from '../../../shared/canvas/codec.ts'
import { MAX_POINTS_PER_STROKE } from '../../../shared/canvas/limits.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'

const point = (x: number, y: number, time = 1_000, pressure: number | null = null): PenPoint => ({
  x,
  y,
  time,
  pressure,
})

function built(points: readonly PenPoint[]): StrokeBuilder {
  const [first, ...rest] = points
  if (!first) throw new Error('a stroke needs a point')
  const stroke = new StrokeBuilder('s', first)
  for (const next of rest) stroke.add(next)
  return stroke
}

describe('a stroke while it is drawn', () => {
  it('[DRAW-3] leaves out points nearer than the least step, but ends where the pen was lifted', () => {
    const stroke = built([point(10, 10), point(10.3, 10), point(10.6, 10), point(11, 10), point(11.25, 10)])
    expect(stroke.count).toBe(2)
    stroke.finish()
    expect([...stroke.toStroke().xs]).toEqual([10, 11, 11.25])
    const { xs } = built(Array.from({ length: 400 }, (_, i) => point(i * 0.2, 0))).toStroke()
    for (let i = 1; i < xs.length; i++) {
      expect((xs[i] ?? 0) - (xs[i - 1] ?? 0)).toBeGreaterThanOrEqual(LEAST_STEP - 1e-6)
    }
  })

  it('[DRAW-4] lies on the grid of the codec, so that what is committed is what was drawn', () => {
    const stroke = built(
      Array.from({ length: 900 }, (_, i) =>
        point(i * 1.137, Math.sin(i) * 70, 5_000.4 + i * 7.3, (i % 10) / 10),
      ),
    ).toStroke()
    expect(decodeStroke(encodeStroke(stroke))).toEqual(stroke)
    expect([...stroke.xs].every((x) => x === snap(x))).toBe(true)
  })

  it('[DRAW-5] that grows too long is committed and goes on from its end', () => {
    const committed: { id: string; stroke: Stroke }[] = []
    const sender = new InkSender({ canvasId: 'c', pageId: () => '', send: () => undefined })
    const pen = new InkPen({ sender, commit: (id, stroke) => committed.push({ id, stroke }) })
    pen.begin(point(0, 0))
    const zigzag = Array.from({ length: MAX_POINTS_PER_STROKE + 10 }, (_, i) =>
      point((i % 2) * 5 + 1, i % 900),
    )
    pen.extend(zigzag)
    expect(committed).toHaveLength(1)
    pen.commit()
    const [first, second] = committed
    expect(first?.stroke.xs.length).toBe(MAX_POINTS_PER_STROKE)
    expect(second?.stroke.xs[0]).toBe(first?.stroke.xs.at(-1))
    expect(second?.stroke.ys[0]).toBe(first?.stroke.ys.at(-1))
    expect(second?.id).not.toBe(first?.id)
    sender.close()
  })
})

describe('tracing and erasing', () => {
  it('[DRAW-6] cuts a line into parts that share their ends and cover every point', () => {
    const pressures = Float32Array.from({ length: 700 }, (_, i) => (i < 300 ? 0.2 : 0.9))
    const runs = inkRuns(700, pressures)
    expect(runs[0]?.from).toBe(0)
    expect(runs.at(-1)?.to).toBe(699)
    for (const [i, run] of runs.slice(1).entries()) expect(run.from).toBe(runs[i]?.to)
    expect(new Set(runs.map(({ width }) => width))).toEqual(new Set([widthAt(0.2), widthAt(0.9)]))
    expect(inkRuns(1, null)).toEqual([{ from: 0, to: 0, width: 1 }])
  })

  it('[DRAW-7] erases the strokes whose line comes within reach, between their points too', () => {
    const line = built([point(0, 0), point(100, 0)]).toStroke()
    const dot = built([point(50, 60)]).toStroke()
    const strokes = [
      { id: 'line', stroke: line },
      { id: 'dot', stroke: dot },
    ]
    expect(strokesWithin(strokes, 50, 9, 10)).toEqual(['line'])
    expect(strokesWithin(strokes, 50, 55, 10)).toEqual(['dot'])
    expect(strokesWithin(strokes, 50, 30, 10)).toEqual([])
  })
})
