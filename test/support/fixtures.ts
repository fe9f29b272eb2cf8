import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stroke } from '../../shared/canvas/stroke.ts'

/** A real drawing to test with: its class name and its strokes, in drawing order and with times. */
export interface FixtureDrawing {
  readonly label: string
  readonly strokes: readonly Stroke[]
}

interface FixtureLine {
  readonly label: string
  readonly strokes: readonly (readonly [readonly number[], readonly number[], readonly number[]])[]
}

/** 30 handwritten digits of each of '0' to '9', digit by digit. `startAt`: epoch ms at which each drawing begins. */
export function loadDigits(startAt = 0): FixtureDrawing[] {
  return load('digits.ndjson', startAt)
}

/** 30 sketches of each of ten words, word by word. `startAt`: epoch ms at which each drawing begins. */
export function loadSketches(startAt = 0): FixtureDrawing[] {
  return load('sketches.ndjson', startAt)
}

function load(file: string, startAt: number): FixtureDrawing[] {
  const text = readFileSync(join(import.meta.dirname, '..', 'fixtures', file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { label, strokes } = JSON.parse(line) as FixtureLine
      return { label, strokes: strokes.map((stroke) => toStroke(stroke, startAt)) }
    })
}

function toStroke([xs, ys, ts]: FixtureLine['strokes'][number], startAt: number): Stroke {
  const first = ts[0] ?? 0
  return {
    at: startAt + first,
    xs: Float32Array.from(xs),
    ys: Float32Array.from(ys),
    pressures: null,
    times: Float32Array.from(ts, (t) => t - first),
  }
}
