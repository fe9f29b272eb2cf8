import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { RASTER_LENGTH } from '../../../shared/raster/rasterise.ts'
import { hashText } from '../model/random.ts'
import { IdxError, readIdx } from './idx.ts'
import { smoothStroke, type Stroke } from './smooth.ts'

/** Digits as images, and as strokes where there are any. */
export interface Digits {
  /** count * 784 bytes, 0 paper to 255 ink. */
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly count: number
  /** The strokes of image i, smoothed; null without a strokes file. */
  readonly strokes: readonly (readonly Stroke[])[] | null
}

const strokesLine = z.object({
  label: z.int().min(0).max(9),
  strokes: z.array(z.tuple([z.array(z.number()), z.array(z.number())])),
})

const STROKES = join('mnist_strokes', 'train-strokes.ndjson.gz')

/** MNIST's training digits from `folder/mnist`, with their strokes where `folder/mnist_strokes` has them. */
export function readTrainingDigits(folder: string): Digits {
  const digits = readDigitImages(join(folder, 'mnist'), 'train')
  const file = join(folder, STROKES)
  return existsSync(file) ? { ...digits, strokes: readStrokes(file, digits) } : digits
}

/** MNIST's test digits from `folder/mnist`. */
export function readTestDigits(folder: string): Digits {
  return readDigitImages(join(folder, 'mnist'), 't10k')
}

/** Whether training digit `index` is kept out of training under this seed: one in ten. */
export function isKeptOut(index: number, seed: number): boolean {
  return hashText(`digit ${index}`, seed) % 10 === 0
}

/**
 * The digits of MNIST's files in `folder` itself, without strokes; `name` is `train` or `t10k`.
 * @throws IdxError naming what is missing or wrong
 */
export function readDigitImages(folder: string, name: 'train' | 't10k'): Digits {
  const images = readIdx(folder, `${name}-images-idx3-ubyte`, 3)
  const labels = readIdx(folder, `${name}-labels-idx1-ubyte`, 1)
  const [count = 0, height, width] = images.shape
  if (height !== 28 || width !== 28)
    throw new IdxError(`${join(folder, name)}-images-idx3-ubyte: images of ${height} x ${width}, not 28 x 28`)
  if (labels.shape[0] !== count)
    throw new IdxError(`${folder}: ${count} ${name} images but ${labels.shape[0]} labels`)
  if (labels.values.some((label) => label > 9))
    throw new IdxError(`${join(folder, name)}-labels-idx1-ubyte holds labels above 9`)
  return {
    images: images.values.subarray(0, count * RASTER_LENGTH),
    labels: labels.values,
    count,
    strokes: null,
  }
}

function readStrokes(file: string, digits: Digits): Stroke[][] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n')
  if (lines.length !== digits.count)
    throw new Error(`${file} has ${lines.length} lines for ${digits.count} images`)
  return lines.map((line, index) => {
    const parsed = strokesLine.safeParse(parseJson(line))
    if (!parsed.success) throw new Error(`${file}, line ${index + 1} is no digit`, { cause: parsed.error })
    if (parsed.data.label !== digits.labels[index])
      throw new Error(
        `${file}, line ${index + 1} is a ${parsed.data.label}, its image a ${digits.labels[index]}`,
      )
    return parsed.data.strokes.map(([xs, ys]) => smoothStroke(xs, ys))
  })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
