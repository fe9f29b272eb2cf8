import { expect, it } from 'vitest'
import { isKeptOut, type Digits } from '../../../server/learning/starter/digits-data.ts'
import { decodeExemplars } from '../../../server/learning/starter/exemplars-file.ts'
import { makeExemplars } from '../../../server/learning/starter/exemplars.ts'
import { loadExemplars } from '../../../server/learning/starter/load-exemplars.ts'

const COUNT = 40
const digits: Digits = {
  images: new Uint8Array(COUNT * 784),
  labels: Uint8Array.from({ length: COUNT }, (_, index) => index % 10),
  count: COUNT,
  // The first x of a stroke tells which digit it is of.
  strokes: Array.from({ length: COUNT }, (_, index) => [
    { xs: Float32Array.of(index, 50, 90), ys: Float32Array.of(0, 40, 10) },
  ]),
}

it('[STARTER-7] exemplars are digits that were trained on, none of those kept out', () => {
  const exemplars = decodeExemplars(makeExemplars(digits, 3) ?? new Uint8Array(), 'exemplars.bin')
  const indices = exemplars.flatMap((drawings, digit) =>
    drawings.map((strokes) => {
      const index = strokes[0]?.xs[0] ?? -1
      expect(index % 10).toBe(digit)
      return index
    }),
  )
  const trained = Array.from({ length: COUNT }, (_, index) => index).filter((index) => !isKeptOut(index, 3))
  expect(trained.length).toBeLessThan(COUNT)
  expect(indices.sort((a, b) => a - b)).toEqual(trained)
})

it('[STARTER-7] without strokes there are none, and the shipped file has a hundred of each digit', () => {
  expect(makeExemplars({ ...digits, strokes: null }, 3)).toBeNull()
  expect(loadExemplars().map((drawings) => drawings.length)).toEqual(Array(10).fill(100))
})
