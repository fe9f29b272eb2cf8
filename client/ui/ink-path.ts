/** Cosine of the turn beyond which a point is a corner: about 62 degrees. */
const CORNER_COS = 0.47
/** Share of a segment's length that a control point lies from its end; 1/3 makes a Catmull-Rom spline. */
const PULL = 1 / 3

export interface InkPoints {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
}

/**
 * An SVG path through all points of a stroke: a spline whose tangent at a point runs along its neighbours, with
 * handles as long as a third of the segment they lie on (so unevenly spaced points do not overshoot), and straight
 * into and out of a corner where the pen turned sharply. One point becomes a dot.
 */
export function inkPath({ xs, ys }: InkPoints): string {
  const count = Math.min(xs.length, ys.length)
  if (count === 0) return ''
  const at = (i: number): readonly [number, number] => [xs[i] ?? 0, ys[i] ?? 0]
  const [startX, startY] = at(0)
  const start = `M${digits(startX)} ${digits(startY)}`
  if (count === 1) return `${start}h0`
  let path = start
  let tangent = directionAt(0)
  for (let i = 1; i < count; i++) {
    const [ax, ay] = at(i - 1)
    const [bx, by] = at(i)
    const next = directionAt(i)
    const pull = Math.hypot(bx - ax, by - ay) * PULL
    if (pull > 0) {
      const from = `${digits(ax + tangent[0] * pull)} ${digits(ay + tangent[1] * pull)}`
      const to = `${digits(bx - next[0] * pull)} ${digits(by - next[1] * pull)}`
      path += `C${from} ${to} ${digits(bx)} ${digits(by)}`
    }
    tangent = next
  }
  return path

  /** Unit direction of the curve at point i, or zero at ends and corners. */
  function directionAt(i: number): readonly [number, number] {
    if (i === 0 || i === count - 1) return [0, 0]
    const [px, py] = at(i - 1)
    const [x, y] = at(i)
    const [qx, qy] = at(i + 1)
    const before = Math.hypot(x - px, y - py)
    const after = Math.hypot(qx - x, qy - y)
    if (before === 0 || after === 0) return [0, 0]
    const turn = ((x - px) * (qx - x) + (y - py) * (qy - y)) / (before * after)
    const across = Math.hypot(qx - px, qy - py)
    if (turn < CORNER_COS || across === 0) return [0, 0]
    return [(qx - px) / across, (qy - py) / across]
  }
}

/** The box around all points, or null without any. */
export function inkBox(
  strokes: readonly InkPoints[],
): { left: number; top: number; width: number; height: number } | null {
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (const { xs, ys } of strokes) {
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i] ?? 0
      const y = ys[i] ?? 0
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  }
  return left > right ? null : { left, top, width: right - left, height: bottom - top }
}

function digits(value: number): string {
  return String(Math.round(value * 10) / 10)
}
