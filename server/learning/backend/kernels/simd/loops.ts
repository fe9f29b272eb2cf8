import { assemble, four, single, type WasmFunction } from './assemble.ts'
import { filterTile, type FilterTile } from './filter-tile.ts'
import { poolRow, type PoolRow } from './pool-row.ts'

/** The runtime's own, of which the types of Node tell nothing. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => object
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly validate: (code: Uint8Array<ArrayBuffer>) => boolean
}

/** A tile and what it covers: input channels and filters. */
export interface Tile {
  readonly inputs: number
  readonly filters: number
  readonly run: FilterTile
}

/** The loops of the training kernels over a memory. */
export interface Loops {
  /** The largest tile for as many input channels and filters as are left, both at least 1. */
  tileFor(inputs: number, filters: number): Tile
  /** Null where the processor has no vectors. */
  readonly poolRow: PoolRow | null
}

interface TileShape {
  readonly name: string
  readonly inputs: number
  readonly vectors: number
}

const MOST_INPUTS = 4
/** What fits into 16 registers, most filters first. */
const vectorTiles: readonly TileShape[] = [
  [1, 4],
  [2, 4],
  [1, 2],
  [2, 2],
  [3, 2],
  [4, 2],
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 1],
].map(([inputs = 1, vectors = 1]) => ({ name: `four${String(inputs)}by${String(vectors)}`, inputs, vectors }))
const singleTiles: readonly TileShape[] = [1, 2, 3, 4].map((inputs) => ({
  name: `single${String(inputs)}`,
  inputs,
  vectors: 1,
}))

const singles = singleTiles.map(({ name, inputs }) => filterTile(name, inputs, 1, single))
const vectors: readonly WasmFunction[] = [
  ...vectorTiles.map((tile) => filterTile(tile.name, tile.inputs, tile.vectors, four)),
  poolRow,
]

/** Compiles the loops; `withVectors` false leaves out those that want SIMD. */
export function compileLoops(memory: object, withVectors = hasVectors()): Loops {
  const module = new WebAssembly.Module(assemble(withVectors ? [...singles, ...vectors] : singles))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const exported = <T>(name: string): T => {
    const found = exports[name]
    if (typeof found !== 'function') throw new Error(`the training loops lack ${name}`)
    return found as T
  }
  const tiles: readonly Tile[] = [
    ...(withVectors ? vectorTiles : []).map((tile) => ({ ...tile, filters: tile.vectors * 4 })),
    ...singleTiles.map((tile) => ({ ...tile, filters: 1 })),
  ].map(({ name, inputs, filters }) => ({ inputs, filters, run: exported<FilterTile>(name) }))
  return {
    poolRow: withVectors ? exported<PoolRow>(poolRow.name) : null,
    tileFor(inputs, filters) {
      const rows = Math.min(inputs, MOST_INPUTS)
      const fitting = tiles.find((tile) => tile.inputs === rows && tile.filters <= filters)
      if (!fitting)
        throw new RangeError(`no tile for ${String(inputs)} inputs and ${String(filters)} filters`)
      return fitting
    },
  }
}

/** Whether an object is a memory that the loops can share. */
export function isMemory(value: unknown): value is object {
  return value instanceof WebAssembly.Memory
}

function hasVectors(): boolean {
  return WebAssembly.validate(assemble(vectors))
}
