import { describe, expect, it } from 'vitest'
import { inkBox, inkPath } from '../../../client/ui/ink-path.ts'

const curves = (path: string): number[][] =>
  path
    .split('C')
    .slice(1)
    .map((curve) => curve.split(' ').map(Number))

describe('ink path', () => {
  it('[UI-1] goes through every point of a stroke', () => {
    const xs = [0, 10, 22, 30, 41]
    const ys = [0, 4, 5, 12, 30]
    const path = inkPath({ xs, ys })
    expect(path.startsWith('M0 0')).toBe(true)
    expect(curves(path).map((curve) => curve.slice(4))).toEqual(xs.slice(1).map((x, i) => [x, ys[i + 1]]))
  })

  it('[UI-1] keeps a corner: the line runs straight into a sharp turn and out of it', () => {
    const [into, outOf] = curves(inkPath({ xs: [0, 100, 0], ys: [0, 0, 20] }))
    expect(into?.slice(2, 4)).toEqual([100, 0])
    expect(outOf?.slice(0, 2)).toEqual([100, 0])
  })

  it('[UI-1] does not overshoot between unevenly spaced points', () => {
    for (const curve of curves(inkPath({ xs: [0, 100, 101, 200], ys: [0, 0, 0.2, 0.2] }))) {
      const [, fromY = 0, , toY = 0] = curve
      expect(Math.abs(fromY)).toBeLessThanOrEqual(0.5)
      expect(Math.abs(toY)).toBeLessThanOrEqual(0.5)
    }
  })

  it('[UI-1] draws a dot for one point, nothing for none, and skips repeated points', () => {
    expect(inkPath({ xs: [5], ys: [6] })).toBe('M5 6h0')
    expect(inkPath({ xs: [], ys: [] })).toBe('')
    expect(inkPath({ xs: [1, 1, 1], ys: [2, 2, 2] })).toBe('M1 2')
  })

  it('[UI-1] finds the box around all strokes, none without points', () => {
    const box = inkBox([
      { xs: [5, 9], ys: [1, 2] },
      { xs: [-1], ys: [7] },
    ])
    expect(box).toEqual({ left: -1, top: 1, width: 10, height: 6 })
    expect(inkBox([])).toBeNull()
  })
})
