import { Sum } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  expectEqualKernels,
  kernelRuns,
  openBoth,
  runKernelOn,
  side,
  valuesOf,
} from '../../../support/kernel-check.ts'

beforeAll(openBoth)

describe('sums', () => {
  it('[BACKEND-1] are those of plain JavaScript along any axes', async () => {
    // Matrices have a path of their own, in blocks of rows.
    const shapes = fc.oneof(fc.tuple(side(150), side(20)), fc.array(side(12), { minLength: 1, maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.nat(),
        side(3),
        fc.boolean(),
        fc.integer(),
        async (shape, at, how, keepDims, seed) => {
          const place = at % shape.length
          const axis = how === 1 ? shape.map((_, index) => index) : how === 2 ? [place] : place
          await expectEqualKernels(Sum, { x: valuesOf(shape, seed) }, { axis, keepDims })
        },
      ),
      kernelRuns,
    )
  })

  it('[BACKEND-1] of many rows are exact to a rounding error of few', async () => {
    const x = valuesOf([5_000, 7], 3)
    x.values.fill(0.1)
    const { values } = await runKernelOn('wasm', Sum, { x }, { axis: 0, keepDims: false })
    for (const value of values) expect(Math.abs(value - 500)).toBeLessThan(2e-3)
  })
})
