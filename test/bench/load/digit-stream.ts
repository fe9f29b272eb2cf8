import type { StrokePath } from '../../../server/learning/service.ts'
import { readTestDigits, readTrainingDigits } from '../../../server/learning/starter/digits-data.ts'
import { loadDigits } from '../../support/fixtures.ts'
import { drawingRasters, imageRasters, type TestRasters } from './test-rasters.ts'

/** A digit as somebody drew it. */
export interface DrawnDigit {
  /** 0..9 */
  readonly truth: number
  readonly strokes: readonly StrokePath[]
}

export interface DigitDrawings {
  /** To learn from. */
  readonly drawings: readonly DrawnDigit[]
  /** By others, never learned from. */
  readonly test: TestRasters
}

/** Of the fixtures' digits of a class, those that only test. */
const FIXTURES_TESTED = 10

/**
 * MNIST's first `most` training digits as strokes and its first `mostTested` test images, from the folders `mnist` and
 * `mnist_strokes` of `data`.
 * @throws where they are not there
 */
export function digitDrawings(data: string, most: number, mostTested: number): DigitDrawings {
  const { strokes, labels } = readTrainingDigits(data)
  if (strokes === null) throw new Error(`${data} holds no mnist_strokes, which this benchmark wants`)
  const test = readTestDigits(data)
  return {
    drawings: strokes
      .slice(0, most)
      .map((drawing, index) => ({ truth: labels[index] ?? 0, strokes: drawing })),
    test: imageRasters(test.images, test.labels, Math.min(mostTested, test.count)),
  }
}

/** The digits of the fixtures, ten of each class for the test. */
export function fixtureDigits(): DigitDrawings {
  const seen = new Map<number, number>()
  const drawings: DrawnDigit[] = []
  const tested: DrawnDigit[] = []
  for (const { label, strokes } of loadDigits()) {
    const truth = Number(label)
    const before = seen.get(truth) ?? 0
    seen.set(truth, before + 1)
    ;(before < FIXTURES_TESTED ? tested : drawings).push({ truth, strokes })
  }
  return { drawings, test: drawingRasters(tested, 'mnist') }
}
