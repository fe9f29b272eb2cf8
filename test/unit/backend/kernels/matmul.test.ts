import {
  _FusedMatMul,
  BatchMatMul,
  engine,
  matMul,
  reshape,
  setBackend,
  tensor1d,
  tensor2d,
  type Rank,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  expectClose,
  expectEqualKernels,
  kernelRuns,
  openBoth,
  runKernelOn,
  side,
  valuesOf,
  type Values,
} from '../../../support/kernel-check.ts'

beforeAll(openBoth)

const product = fc.record({
  batch: fc.oneof(fc.constant([]), fc.tuple(side(3)), fc.tuple(side(2), side(3))),
  rows: side(12, 0),
  inner: side(12),
  columns: side(12),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.integer(),
})

describe('matrix products', () => {
  it('[BACKEND-1] are those of plain JavaScript, transposed or not', async () => {
    await fc.assert(
      fc.asyncProperty(product, ({ batch, rows, inner, columns, transposeA, transposeB, seed }) =>
        expectEqualKernels(
          BatchMatMul,
          {
            a: valuesOf([...batch, ...(transposeA ? [inner, rows] : [rows, inner])], seed),
            b: valuesOf([...batch, ...(transposeB ? [columns, inner] : [inner, columns])], seed + 1),
          },
          { transposeA, transposeB },
        ),
      ),
      kernelRuns,
    )
  })

  it('[BACKEND-1] repeat the batches of either operand', async () => {
    const batches = fc.tuple(side(3), side(3), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    await fc.assert(
      fc.asyncProperty(batches, side(5), fc.integer(), async ([one, two, a1, a2, b1, b2], rows, seed) => {
        const a = valuesOf([a1 ? 1 : one, a2 ? 1 : two, rows, 4], seed)
        const b = valuesOf([b1 ? 1 : one, b2 ? 1 : two, 3, 4], seed + 1)
        const attributes = { transposeA: false, transposeB: true }
        const got = await runKernelOn('wasm', BatchMatMul, { a, b }, attributes)
        expectClose(got, batchedProduct(a, b))
      }),
      kernelRuns,
    )
  })

  it('[BACKEND-1] with a bias and a ReLU are those of plain JavaScript, transposed or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        product.filter(({ rows }) => rows > 0),
        fc.constantFrom('linear', 'relu', 'relu6'),
        fc.boolean(),
        ({ rows, inner, columns, transposeA, transposeB, seed }, activation, withBias) =>
          expectEqualKernels(
            _FusedMatMul,
            {
              a: valuesOf(transposeA ? [1, inner, rows] : [1, rows, inner], seed),
              b: valuesOf(transposeB ? [1, columns, inner] : [1, inner, columns], seed + 1),
              ...(withBias ? { bias: valuesOf([columns], seed + 2) } : {}),
            },
            { transposeA, transposeB, activation },
          ),
      ),
      kernelRuns,
    )
  })

  it('[BACKEND-1] see the same values in another shape as another operand', async () => {
    await setBackend('wasm')
    const before = engine().memory().numTensors
    const { values } = valuesOf([24], 4)
    const shared = tensor1d(values)
    for (const rows of [4, 6, 4, 2, 12]) {
      const columns = 24 / rows
      const b = reshape<Rank.R2>(shared, [rows, columns])
      const a = valuesOf([3, rows], rows)
      const left = tensor2d(a.values, [3, rows])
      const product = matMul(left, b)
      const got = { values: Float32Array.from(await product.data()), shape: product.shape }
      for (const used of [b, left, product]) used.dispose()
      expectClose(got, { values: plainProduct(a.values, values, 3, rows, columns), shape: [3, columns] })
    }
    shared.dispose()
    expect(engine().memory().numTensors).toBe(before)
  })

  it('[BACKEND-1] refuse operands that do not fit', async () => {
    await setBackend('wasm')
    const before = engine().memory().numTensors
    const [a, b] = [
      tensor2d(valuesOf([2, 3], 1).values, [2, 3]),
      tensor2d(valuesOf([4, 2], 2).values, [4, 2]),
    ]
    const attributes = { transposeA: true, transposeB: false }
    expect(() => engine().runKernel(BatchMatMul, { a, b }, attributes)).toThrow(/inner shapes/i)
    a.dispose()
    b.dispose()
    expect(engine().memory().numTensors).toBe(before)
  })
})

/** a, [rows, inner], times b, [inner, columns]. */
function plainProduct(
  a: Float32Array,
  b: Float32Array,
  rows: number,
  inner: number,
  columns: number,
): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns]
    let sum = 0
    for (let index = 0; index < inner; index++)
      sum += (a[row * inner + index] ?? 0) * (b[index * columns + column] ?? 0)
    return sum
  })
}

/** a times b transposed, batches repeated as one would write it down. */
function batchedProduct(a: Values, b: Values): { values: Float32Array; shape: number[] } {
  const [a1 = 0, a2 = 0, rows = 0, inner = 0] = a.shape
  const [b1 = 0, b2 = 0, columns = 0] = b.shape
  const shape = [Math.max(a1, b1), Math.max(a2, b2), rows, columns]
  const values: number[] = []
  for (let one = 0; one < (shape[0] ?? 0); one++)
    for (let two = 0; two < (shape[1] ?? 0); two++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const atA = (((one % a1) * a2 + (two % a2)) * rows + row) * inner
          const atB = (((one % b1) * b2 + (two % b2)) * columns + column) * inner
          let sum = 0
          for (let index = 0; index < inner; index++)
            sum += (a.values[atA + index] ?? 0) * (b.values[atB + index] ?? 0)
          values.push(sum)
        }
  return { values: Float32Array.from(values), shape }
}
