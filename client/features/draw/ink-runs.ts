/** Longest part of a stroke that is traced as one path: only the last part of a growing stroke is traced anew. */
const MAX_RUN = 256
const LEVELS = 8

/** Points `from` to `to` (inclusive) of a stroke, `width` relative to the plain pen. */
export interface InkRun {
  readonly from: number
  readonly to: number
  readonly width: number
}

/** Pressure makes the line modestly thinner or thicker: 0.7 at none, 1 at the middle, 1.3 at the most. */
export function widthAt(pressure: number): number {
  return 0.7 + 0.6 * (Math.round(Math.min(1, Math.max(0, pressure)) * LEVELS) / LEVELS)
}

/** Cuts a stroke from point `from` on into parts of one width each; neighbours share a point. */
export function inkRuns(count: number, pressures: ArrayLike<number> | null, from = 0): InkRun[] {
  const runs: InkRun[] = []
  let start = from
  while (start < count) {
    const width = pressures ? widthAt(pressures[start] ?? 0.5) : 1
    let end = start + 1
    while (end < count && end - start < MAX_RUN && (!pressures || widthAt(pressures[end] ?? 0.5) === width))
      end++
    const to = Math.min(end, count - 1)
    runs.push({ from: start, to, width })
    if (to === count - 1) break
    start = to
  }
  return runs
}
