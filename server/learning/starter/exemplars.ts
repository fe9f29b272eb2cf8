import { randomFor } from '../model/random.ts'
import type { StrokePath } from '../service.ts'
import { isKeptOut, type Digits } from './digits-data.ts'
import { encodeExemplars, type Exemplars } from './exemplars-file.ts'

const PER_DIGIT = 100
/** Later lines are left to tests. */
const BEFORE_LINE = 54_000
/** Greatest distance of a point that is left out from the line without it, pixels. */
const TOLERANCE = 0.15
const LICENCE =
  'MNIST digits as strokes: CC BY-SA 3.0, LeCun, Cortes, Burges; strokes by edwin-de-jong/mnist-digits-stroke-sequence-data'

/**
 * The file of a seeded choice of the training digits, by digit; those kept out under `seed` are not among them. Null
 * where the data has no strokes.
 */
export function makeExemplars(digits: Digits, seed: number): Uint8Array | null {
  const chosen = chooseExemplars(digits, seed)
  return chosen && encodeExemplars(chosen, LICENCE)
}

function chooseExemplars({ strokes, labels, count }: Digits, seed: number): Exemplars | null {
  if (!strokes) return null
  const order = randomFor(seed, 0, 'exemplars').shuffle(
    Array.from({ length: Math.min(count, BEFORE_LINE) }, (_, index) => index),
  )
  const chosen: StrokePath[][][] = Array.from({ length: 10 }, () => [])
  for (const index of order) {
    const drawings = chosen[labels[index] ?? -1]
    const ink = strokes[index]
    if (!drawings || !ink || drawings.length >= PER_DIGIT || isKeptOut(index, seed)) continue
    drawings.push(ink.map(simplified))
  }
  return chosen
}

/** A line through fewer of its points (Douglas and Peucker 1973). */
function simplified({ xs, ys }: StrokePath): StrokePath {
  const kept = new Set([0, xs.length - 1])
  const keepFarthest = (from: number, to: number): void => {
    let farthest = -1
    let most = TOLERANCE
    for (let index = from + 1; index < to; index++) {
      const distance = distanceToLine(index, from, to, xs, ys)
      if (distance > most) {
        most = distance
        farthest = index
      }
    }
    if (farthest < 0) return
    kept.add(farthest)
    keepFarthest(from, farthest)
    keepFarthest(farthest, to)
  }
  keepFarthest(0, xs.length - 1)
  const indices = [...kept].sort((a, b) => a - b)
  return { xs: indices.map((index) => xs[index] ?? 0), ys: indices.map((index) => ys[index] ?? 0) }
}

function distanceToLine(
  index: number,
  from: number,
  to: number,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
): number {
  const startX = xs[from] ?? 0
  const startY = ys[from] ?? 0
  const alongX = (xs[to] ?? 0) - startX
  const alongY = (ys[to] ?? 0) - startY
  const awayX = (xs[index] ?? 0) - startX
  const awayY = (ys[index] ?? 0) - startY
  const length = Math.hypot(alongX, alongY)
  return length > 0 ? Math.abs(alongX * awayY - alongY * awayX) / length : Math.hypot(awayX, awayY)
}
