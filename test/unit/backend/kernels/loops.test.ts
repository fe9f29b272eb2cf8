import { describe, expect, it } from 'vitest'
import { compileLoops } from '../../../../server/learning/backend/kernels/simd/loops.ts'
import { valuesOf } from '../../../support/kernel-check.ts'

declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer }
}

const INPUTS = 4
const FILTERS = 16
const [ROWS, COLUMNS] = [3, 5]

/** The sums of every pair of an input and a filter over 3 x 5 places, in tiles as large as `loops` has them. */
function sumsOf(withVectors: boolean): { sums: Float32Array; wanted: Float32Array; tiles: number } {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const loops = compileLoops(memory, withVectors)
  const x = new Float32Array(memory.buffer, 1024, ROWS * COLUMNS * INPUTS)
  const dy = new Float32Array(memory.buffer, 4096, ROWS * COLUMNS * FILTERS)
  const out = new Float32Array(memory.buffer, 16384, INPUTS * FILTERS)
  x.set(valuesOf([x.length], 1).values)
  dy.set(valuesOf([dy.length], 2).values)
  let tiles = 0
  for (let filter = 0; filter < FILTERS; tiles++) {
    const tile = loops.tileFor(INPUTS, FILTERS - filter)
    tile.run(
      ...([1024, 4096 + filter * 4, 16384 + filter * 4, ROWS, COLUMNS, INPUTS * 4, FILTERS * 4] as const),
      ...([COLUMNS * INPUTS * 4, COLUMNS * FILTERS * 4, FILTERS * 4] as const),
    )
    filter += tile.filters
  }
  const wanted = out.map((_, index) => {
    const [input, filter] = [Math.floor(index / FILTERS), index % FILTERS]
    let sum = 0
    for (let place = 0; place < ROWS * COLUMNS; place++)
      sum += (x[place * INPUTS + input] ?? 0) * (dy[place * FILTERS + filter] ?? 0)
    return sum
  })
  return { sums: out.slice(), wanted, tiles }
}

describe('training loops', () => {
  it('[BACKEND-1] sum the same with vectors and, where the processor has none, one by one', () => {
    const [vectors, singles] = [sumsOf(true), sumsOf(false)]
    expect(singles.tiles).toBe(FILTERS)
    expect(vectors.tiles).toBeLessThan(FILTERS)
    for (const { sums, wanted } of [vectors, singles])
      wanted.forEach((value, index) => {
        expect(sums[index]).toBeCloseTo(value, 4)
      })
  })

  it('[BACKEND-1] have no pools of vectors where there are none', () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    expect(compileLoops(memory, false).poolRow).toBeNull()
    expect(compileLoops(memory, true).poolRow).not.toBeNull()
  })
})
