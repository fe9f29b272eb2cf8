import { AvgPoolGrad, backend_util, MaxPool, MaxPoolGrad } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  expectEqualKernels,
  kernelRuns,
  openBoth,
  runKernelOn,
  side,
  valuesOf,
  type Values,
} from '../../../support/kernel-check.ts'

beforeAll(openBoth)

const pool = fc
  .record({
    batch: side(3, 0),
    height: side(9),
    width: side(9),
    channels: side(9),
    // Half of them as the networks have it, which has a path of its own.
    window: fc.oneof(
      fc.constant({ filterSize: [2, 2], strides: [2, 2], pad: 'valid' as const }),
      fc.record({
        filterSize: fc.tuple(side(3), side(3)),
        strides: fc.tuple(side(3), side(3)),
        pad: fc.constantFrom('same' as const, 'valid' as const, 0, 1),
      }),
    ),
    content: fc.constantFrom('any', 'ties', 'blank', 'infinite'),
    seed: fc.integer(),
  })
  .map(({ batch, height, width, channels, window, content, seed }) => {
    const [filterHeight = 1, filterWidth = 1] = window.filterSize
    const [strideY = 1, strideX = 1] = window.strides
    const attributes = {
      pad: window.pad,
      filterSize: [filterHeight, filterWidth] as [number, number],
      strides: [strideY, strideX] as [number, number],
    }
    const shape: [number, number, number, number] = [batch, height, width, channels]
    const info = backend_util.computePool2DInfo(
      shape,
      attributes.filterSize,
      attributes.strides,
      1,
      attributes.pad,
    )
    return { input: filled(valuesOf(shape, seed), content), info, attributes, seed }
  })
  .filter(({ info }) => info.outHeight > 0 && info.outWidth > 0)
  .map(({ info, seed, ...given }) => ({
    ...given,
    dy: valuesOf([info.batchSize, info.outHeight, info.outWidth, info.outChannels], seed + 1),
  }))

function filled(input: Values, content: string): Values {
  input.values.forEach((value, index) => {
    if (content === 'ties') input.values[index] = Math.max(0, Math.round(value))
    if (content === 'blank') input.values[index] = 0
    if (content === 'infinite' && value > 0.5) input.values[index] = value > 1 ? Infinity : -Infinity
  })
  return input
}

describe('gradients of a pool', () => {
  it('[BACKEND-1] have the max-pool gradient of plain JavaScript, its winners of ties included', async () => {
    await fc.assert(
      fc.asyncProperty(pool, ({ input, dy, attributes }) =>
        expectEqualKernels(MaxPoolGrad, { dy, input, output: dy }, attributes),
      ),
      { ...kernelRuns, numRuns: 150 },
    )
  })

  it('[BACKEND-1] give each value of the slope to one place, the first of equal ones', async () => {
    const input = valuesOf([2, 6, 6, 8], 1)
    input.values.fill(0)
    const dy = valuesOf([2, 3, 3, 8], 2)
    const attributes = { filterSize: 2, strides: 2, pad: 'valid' }
    const { values } = await runKernelOn('wasm', MaxPoolGrad, { dy, input, output: dy }, attributes)
    values.forEach((value, index) => {
      const [channel, column, row] = [index % 8, Math.floor(index / 8) % 6, Math.floor(index / 48) % 6]
      const sample = Math.floor(index / 288)
      const first = column % 2 === 0 && row % 2 === 0
      const place = ((sample * 3 + row / 2) * 3 + column / 2) * 8 + channel
      expect(value).toBe(first ? dy.values[place] : 0)
    })
  })

  it('[BACKEND-1] have the average-pool gradient and the max-pool of plain JavaScript', async () => {
    await fc.assert(
      fc.asyncProperty(pool, async ({ input, dy, attributes }) => {
        // The library's own kernels, which want a sample and windows that reach it.
        fc.pre(input.values.length > 0 && typeof attributes.pad === 'string')
        await expectEqualKernels(AvgPoolGrad, { dy, input: valuesOf(input.shape, 1) }, attributes)
        await expectEqualKernels(MaxPool, { x: valuesOf(input.shape, 1) }, attributes)
      }),
      kernelRuns,
    )
  })
})
