import type { Random } from './random.ts'

/** One stroke's points, in any unit. */
interface Path {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
}

/** How far a drawing may be varied. Lengths are shares of the drawing's longer side. */
export interface Augmentation {
  /** Greatest rotation either way, degrees. */
  readonly rotation: number
  /** Each axis is scaled by a factor in 1 - stretch .. 1 + stretch. */
  readonly stretch: number
  /** Greatest shear (x per y) either way. */
  readonly shear: number
  /** Deviation of a stroke's own shift. */
  readonly strokeShift: number
  /** Deviation of a point's own shift. */
  readonly jitter: number
  /** Amplitude deviation of a slow sine warp of the plane. */
  readonly warp: number
  /** The pen's width varies by a factor in 1 - pen .. 1 + pen. */
  readonly pen: number
  /** Probability that only the beginning of the ink is kept. */
  readonly prefix: number
  /** Least share of the ink that a kept beginning has. */
  readonly prefixLeast: number
  /** Greatest shift of the finished raster either way, pixels. */
  readonly pixelShift: number
  /** The finished drawing is scaled about its middle by a factor in 1 - zoom .. 1 + zoom / 4. */
  readonly zoom: number
}

export const defaultAugmentation: Augmentation = {
  rotation: 20,
  stretch: 0.15,
  shear: 0.2,
  strokeShift: 0.015,
  jitter: 0.005,
  warp: 0.03,
  pen: 0.35,
  prefix: 0.15,
  prefixLeast: 0.5,
  pixelShift: 1.5,
  zoom: 0.15,
}

/** Variation that goes `strength` times as far as usual: 0 for none, 1 for the usual. */
export function scaledAugmentation(strength: number): Augmentation {
  const usual = defaultAugmentation
  return {
    rotation: usual.rotation * strength,
    stretch: usual.stretch * strength,
    shear: usual.shear * strength,
    strokeShift: usual.strokeShift * strength,
    jitter: usual.jitter * strength,
    warp: usual.warp * strength,
    pen: usual.pen * strength,
    prefix: usual.prefix * strength,
    prefixLeast: usual.prefixLeast,
    pixelShift: usual.pixelShift * strength,
    zoom: usual.zoom * strength,
  }
}

/** A varied drawing: new points, and how the raster is to be made from them. */
export interface Augmented {
  readonly strokes: { readonly xs: Float64Array; readonly ys: Float64Array }[]
  /** Factor on the recipe's pen width. */
  readonly penFactor: number
  /** Place and size of the raster against the recipe's, for `rasterise`'s options. */
  readonly shiftX: number
  readonly shiftY: number
  readonly zoom: number
}

/**
 * A variation of a drawing: a sine warp, rotation, stretch and shear of the whole, shifts of strokes and points, at
 * times only the beginning of the ink. A pure function of its arguments; `random` is advanced.
 */
export function augment(
  strokes: readonly Path[],
  random: Random,
  options: Augmentation = defaultAugmentation,
): Augmented {
  const kept =
    random.uniform() < options.prefix ? beginning(strokes, between(random, options.prefixLeast, 1)) : strokes
  const { middleX, middleY, side } = extentOf(kept)
  const angle = (signed(random) * options.rotation * Math.PI) / 180
  const stretchX = 1 + signed(random) * options.stretch
  const stretchY = 1 + signed(random) * options.stretch
  const shear = signed(random) * options.shear
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const bend = sineWarp(random, options.warp)
  const result = kept.map(({ xs, ys }) => {
    const count = xs.length
    const newXs = new Float64Array(count)
    const newYs = new Float64Array(count)
    const strokeX = random.normal() * options.strokeShift
    const strokeY = random.normal() * options.strokeShift
    for (let index = 0; index < count; index++) {
      const across = ((xs[index] ?? 0) - middleX) / side
      const down = ((ys[index] ?? 0) - middleY) / side
      const x = (across + bend.x(down) + shear * down) * stretchX + strokeX + random.normal() * options.jitter
      const y = (down + bend.y(across)) * stretchY + strokeY + random.normal() * options.jitter
      newXs[index] = (cos * x - sin * y) * side
      newYs[index] = (sin * x + cos * y) * side
    }
    return { xs: newXs, ys: newYs }
  })
  return {
    strokes: result,
    penFactor: 1 + signed(random) * options.pen,
    shiftX: signed(random) * options.pixelShift,
    shiftY: signed(random) * options.pixelShift,
    zoom: between(random, 1 - options.zoom, 1 + options.zoom / 4),
  }
}

/** In -1..1. */
function signed(random: Random): number {
  return 2 * random.uniform() - 1
}

function between(random: Random, least: number, most: number): number {
  return least + (most - least) * random.uniform()
}

/** Displacements of the plane by one slow sine an axis. */
function sineWarp(
  random: Random,
  amplitude: number,
): { x: (down: number) => number; y: (across: number) => number } {
  const wave = (): ((at: number) => number) => {
    const height = random.normal() * amplitude
    const frequency = between(random, 2, 8)
    const phase = random.uniform() * 2 * Math.PI
    return (at) => height * Math.sin(frequency * at + phase)
  }
  return { x: wave(), y: wave() }
}

/** The middle and the longer side of the points' box; the side is 1 for a drawing without extent. */
function extentOf(strokes: readonly Path[]): { middleX: number; middleY: number; side: number } {
  let left = Infinity
  let right = -Infinity
  let top = Infinity
  let bottom = -Infinity
  for (const { xs, ys } of strokes)
    for (let index = 0; index < xs.length; index++) {
      const x = xs[index] ?? 0
      const y = ys[index] ?? 0
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  if (left > right) return { middleX: 0, middleY: 0, side: 1 }
  const side = Math.max(right - left, bottom - top)
  return { middleX: (left + right) / 2, middleY: (top + bottom) / 2, side: side > 0 ? side : 1 }
}

/** The first `share` of a drawing's points, in the order they were drawn; at least one point. */
function beginning(strokes: readonly Path[], share: number): Path[] {
  let left = Math.max(1, Math.round(share * strokes.reduce((sum, { xs }) => sum + xs.length, 0)))
  const kept: Path[] = []
  for (const { xs, ys } of strokes) {
    if (left <= 0) break
    const count = Math.min(left, xs.length)
    kept.push(
      count === xs.length
        ? { xs, ys }
        : { xs: Array.from(xs).slice(0, count), ys: Array.from(ys).slice(0, count) },
    )
    left -= count
  }
  return kept
}
