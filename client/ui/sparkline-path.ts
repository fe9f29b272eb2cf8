/** A point of a sparkline; y, low and high are on one scale of the caller's choice. */
export interface SparkPoint {
  readonly y: number
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export interface SparkPaths {
  readonly line: string
  /** The band between low and high, '' where no point has one. */
  readonly band: string
  /** The newest point, null without any. */
  readonly now: { readonly x: number; readonly y: number } | null
}

/** Paths in a `width` x `height` box for evenly spaced points; `min` lies on its lower edge, `max` on its upper. */
export function sparklinePaths(
  points: readonly SparkPoint[],
  { width, height, min, max }: { width: number; height: number; min: number; max: number },
): SparkPaths {
  const span = max - min || 1
  const xOf = (index: number): number => (points.length === 1 ? width : (index / (points.length - 1)) * width)
  const yOf = (value: number): number =>
    height - (Math.min(max, Math.max(min, value)) - min) * (height / span)
  const joined = (values: readonly string[]): string => values.join('L')
  const at = (index: number, value: number): string => `${xOf(index).toFixed(1)} ${yOf(value).toFixed(1)}`

  const last = points.at(-1)
  if (!last) return { line: '', band: '', now: null }
  const line = `M${joined(points.map((point, index) => at(index, point.y)))}`
  const hasBand = points.length > 1 && points.some((point) => point.low !== undefined)
  const upper = points.map((point, index) => at(index, point.high ?? point.y))
  const lower = points.map((point, index) => at(index, point.low ?? point.y)).reverse()
  return {
    line,
    band: hasBand ? `M${joined(upper)}L${joined(lower)}Z` : '',
    now: { x: xOf(points.length - 1), y: yOf(last.y) },
  }
}
