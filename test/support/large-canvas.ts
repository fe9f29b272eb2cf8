import * as Y from 'yjs'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { appendPage, currentPage, strokesOf } from '../../shared/canvas/schema.ts'

/** A canvas of `pages` pages of 475 strokes of 100 points: six of them are close to the limit of bytes. `name` sets its strokes apart. */
export function largeCanvas(pages: number, name = 's'): Y.Doc {
  const doc = new Y.Doc()
  let state = 11
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  doc.transact(() => {
    for (let page = 0; page < pages; page++) {
      appendPage(doc, `page${String(page)}`)
      const now = currentPage(doc)
      const strokes = now && strokesOf(now)
      for (let i = 0; i < 475; i++) strokes?.set(`${name}${String(page)}x${String(i)}`, scribble(random))
    }
  })
  return doc
}

function scribble(random: () => number): Uint8Array {
  const xs = new Float32Array(100)
  const ys = new Float32Array(100)
  let [x, y] = [300 + random() * 400, 300 + random() * 400]
  for (let i = 0; i < xs.length; i++) {
    xs[i] = x += random() * 12 - 6
    ys[i] = y += random() * 12 - 6
  }
  const pressures = Float32Array.from(xs, () => random())
  return encodeStroke({ at: 1.7e12, xs, ys, pressures, times: null })
}
