import {
  and,
  andNot,
  constant,
  countDown,
  four,
  get,
  greater,
  I32,
  leastOfAll,
  plus,
  select,
  set,
  V128,
  type Code,
  type WasmFunction,
} from './assemble.ts'

/** Parameters in order: addresses in bytes, `columns` of windows, `quads` of channels, bytes a pixel and a line. */
export type PoolRow = (
  x: number,
  dy: number,
  dx: number,
  columns: number,
  quads: number,
  pixel: number,
  line: number,
) => void

/**
 * One row of windows of 2x2: writes dy to the place of each window's first maximum and 0 to its other places, four
 * channels at a time. A NaN and -Infinity win nowhere.
 */
export const poolRow: WasmFunction = (() => {
  const [x, dy, dx, columns, quads, pixel, line] = [0, 1, 2, 3, 4, 5, 6] as const
  const [quad, slope, best, value] = [7, 8, 9, 10] as const
  const masks = [11, 12, 13, 14] as const
  const places: readonly Code[] = [constant(0), get(pixel), get(line), plus(get(line), get(pixel))]
  const compare = masks.flatMap((mask, index) => [
    ...set(value, four.load(plus(get(x), places[index] ?? constant(0)), 0)),
    ...set(mask, greater(get(value), get(best))),
    ...set(best, select(get(value), get(best), get(mask))),
  ])
  // The last place that beat all before it is the first maximum.
  const give = [...masks.entries()]
    .reverse()
    .flatMap(([index, mask]) => [
      ...four.store(plus(get(dx), places[index] ?? constant(0)), 0, and(get(slope), get(mask))),
      ...set(slope, andNot(get(slope), get(mask))),
    ])
  const step = (local: number, bytes: Code): Code => set(local, plus(get(local), bytes))
  const atQuad = [
    ...set(slope, four.load(get(dy), 0)),
    ...set(best, leastOfAll),
    ...compare,
    ...give,
    ...step(x, constant(16)),
    ...step(dx, constant(16)),
    ...step(dy, constant(16)),
  ]
  const atColumn = [
    ...set(quad, get(quads)),
    ...countDown(quad, atQuad),
    ...step(x, get(pixel)),
    ...step(dx, get(pixel)),
  ]
  return {
    name: 'poolRow',
    parameters: 7,
    locals: [I32, V128, V128, V128, V128, V128, V128, V128],
    body: countDown(columns, atColumn),
  }
})()
