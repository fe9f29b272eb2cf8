import { countDown, get, I32, plus, set, type Code, type Lanes, type WasmFunction } from './assemble.ts'

/** Parameters of a tile's function, in order; addresses and steps in bytes, rows and columns at least 1. */
export type FilterTile = (
  x: number,
  dy: number,
  out: number,
  rows: number,
  columns: number,
  xStep: number,
  dyStep: number,
  xRow: number,
  dyRow: number,
  outRow: number,
) => void

const X = 0
const DY = 1
const OUT = 2
const ROWS = 3
const COLUMNS = 4
const X_STEP = 5
const DY_STEP = 6
const X_ROW = 7
const DY_ROW = 8
const OUT_ROW = 9
const PARAMETERS = 10
const COLUMN = 10
const X_PLACE = 11
const DY_PLACE = 12
const VALUE = 13
const SLOPES = 14

/**
 * Adds to a tile of a filter's gradient, `inputs` rows of `vectors` lanes at `out`, the products of x and dy over the
 * places of one sample. The sums of a sample are made apart, in registers, so that what is added to a large total is
 * itself large, and the rounding errors stay small.
 */
export function filterTile(name: string, inputs: number, vectors: number, lanes: Lanes): WasmFunction {
  const sums = SLOPES + vectors
  const width = lanes.count * 4
  const step = (local: number, by: number): Code => set(local, plus(get(local), get(by)))
  const eachInput = (code: (input: number) => Code): Code => range(inputs).flatMap(code)
  const eachVector = (code: (vector: number) => Code): Code => range(vectors).flatMap(code)

  const atPlace = [
    ...eachVector((vector) => set(SLOPES + vector, lanes.load(get(DY_PLACE), vector * width))),
    ...eachInput((input) => [
      ...set(VALUE, lanes.loadSplat(get(X_PLACE), input * 4)),
      ...eachVector((vector) => {
        const sum = sums + input * vectors + vector
        return set(sum, lanes.add(get(sum), lanes.multiply(get(VALUE), get(SLOPES + vector))))
      }),
    ]),
    ...step(X_PLACE, X_STEP),
    ...step(DY_PLACE, DY_STEP),
  ]
  const inRow = [
    ...set(X_PLACE, get(X)),
    ...set(DY_PLACE, get(DY)),
    ...set(COLUMN, get(COLUMNS)),
    ...countDown(COLUMN, atPlace),
    ...step(X, X_ROW),
    ...step(DY, DY_ROW),
  ]
  const addUp = eachInput((input) => [
    ...eachVector((vector) => {
      const total = lanes.add(lanes.load(get(OUT), vector * width), get(sums + input * vectors + vector))
      return lanes.store(get(OUT), vector * width, total)
    }),
    ...step(OUT, OUT_ROW),
  ])
  return {
    name,
    parameters: PARAMETERS,
    locals: [I32, I32, I32, ...range(1 + vectors + inputs * vectors).map(() => lanes.type)],
    // Locals begin at zero, and so do the sums.
    body: [...countDown(ROWS, inRow), ...addUp],
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
