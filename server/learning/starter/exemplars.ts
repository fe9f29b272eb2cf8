import { writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { randomFor } from '../model/random.ts'
import type { StrokePath } from '../service.ts'
import { isKeptOut, readTrainingDigits, type Digits } from './digits-data.ts'
import { encodeExemplars, type Exemplars } from './exemplars-file.ts'

/*
 * Writes exemplars.bin, a seeded choice of the digits that the starter is trained on:
 * `tsx server/learning/starter/exemplars.ts --data DIR [--seed N]`, with the folder and the seed of train.ts.
 */
const PER_DIGIT = 100
/** Later lines are left to tests. */
const BEFORE_LINE = 54_000
/** Greatest distance of a point that is left out from the line without it, pixels. */
const TOLERANCE = 0.15
const LICENCE =
  'MNIST digits as strokes: CC BY-SA 3.0, LeCun, Cortes, Burges; strokes by edwin-de-jong/mnist-digits-stroke-sequence-data'

/** A choice of training digits with their strokes, by digit; those kept out under `seed` are not among them. */
function chooseExemplars({ strokes, labels, count }: Digits, seed: number): Exemplars {
  if (!strokes) throw new Error('the data has no strokes')
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

/** Writes the file; answers its size in bytes. */
export function writeExemplars(digits: Digits, seed: number, out: string): number {
  const bytes = encodeExemplars(chooseExemplars(digits, seed), LICENCE)
  writeFileSync(out, bytes)
  return bytes.length
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, seed: { type: 'string', default: '1' } },
  })
  if (values.data === undefined) throw new Error('give the folder of the data sets: --data DIR')
  const out = fileURLToPath(new URL('./exemplars.bin', import.meta.url))
  const bytes = writeExemplars(readTrainingDigits(values.data), Number(values.seed), out)
  process.stdout.write(`${out}: ${bytes} bytes\n`)
}
