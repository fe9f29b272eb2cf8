import { Conv2DBackpropFilter, Conv2DBackpropInput } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  convolution,
  expectEqualKernels,
  kernelRuns,
  openBoth,
  runKernelOn,
  valuesOf,
} from '../../../support/kernel-check.ts'

beforeAll(openBoth)

describe('gradients of a convolution', () => {
  it('[BACKEND-1] have the filter gradient of plain JavaScript for any shape, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, ({ x, dy, filter, attributes }) =>
        expectEqualKernels(Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape: filter.shape }),
      ),
      kernelRuns,
    )
  })

  it('[BACKEND-1] have the input gradient of plain JavaScript for any shape, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, ({ x, dy, filter, attributes }) =>
        expectEqualKernels(Conv2DBackpropInput, { dy, filter }, { ...attributes, inputShape: x.shape }),
      ),
      kernelRuns,
    )
  })

  it('[BACKEND-1] keep their rounding errors small over many places', async () => {
    const shape = [3, 28, 28, 1]
    const x = valuesOf(shape, 1)
    x.values.forEach((value, index) => (x.values[index] = 100 + value))
    const dy = valuesOf([3, 28, 28, 8], 2)
    const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 1, 8] }
    const [wasm, cpu] = [
      await runKernelOn('wasm', Conv2DBackpropFilter, { x, dy }, attributes),
      await runKernelOn('cpu', Conv2DBackpropFilter, { x, dy }, attributes),
    ]
    const greatest = cpu.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    cpu.values.forEach((value, index) => {
      expect(Math.abs((wasm.values[index] ?? NaN) - value) / greatest).toBeLessThan(1e-6)
    })
  })
})
