import {
  BatchMatMul,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  MaxPoolGrad,
  setBackend,
  tensor,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { randomFrom } from '../../../server/learning/model/random.ts'

interface Values {
  readonly values: Float32Array
  readonly shape: number[]
}

const runs = { seed: 11, numRuns: 60 }

function valuesOf(shape: number[], seed: number): Values {
  const random = randomFrom(seed)
  const length = shape.reduce((product, side) => product * side, 1)
  return { values: Float32Array.from({ length }, () => random.normal()), shape }
}

/** Runs a kernel on one backend and answers its values, having checked that no tensor is left over. */
async function onBackend(
  backend: string,
  kernel: string,
  inputs: Record<string, Values>,
  attributes: NamedAttrMap,
): Promise<Float32Array> {
  await setBackend(backend)
  const before = engine().memory().numTensors
  const tensors: NamedTensorMap = {}
  for (const [name, { values, shape }] of Object.entries(inputs)) tensors[name] = tensor(values, shape)
  const result = engine().runKernel<Tensor>(kernel, tensors, attributes)
  const values = Float32Array.from(await result.data())
  result.dispose()
  for (const input of Object.values(tensors)) input.dispose()
  expect(engine().memory().numTensors).toBe(before)
  return values
}

async function expectEqual(
  kernel: string,
  inputs: Record<string, Values>,
  attributes: NamedAttrMap,
): Promise<void> {
  const cpu = await onBackend('cpu', kernel, inputs, attributes)
  const wasm = await onBackend('wasm', kernel, inputs, attributes)
  expect(wasm.length).toBe(cpu.length)
  cpu.forEach((value, index) => {
    if (!(Math.abs((wasm[index] ?? NaN) - value) <= 1e-4 * (1 + Math.abs(value))))
      expect.fail(`${kernel}: value ${index} is ${wasm[index]}, not ${value}`)
  })
}

const side = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most })

const convolution = fc
  .record({
    batch: side(3),
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    inputs: side(5),
    outputs: side(6),
    filterHeight: side(3),
    filterWidth: side(3),
    strideY: side(3),
    strideX: side(3),
    pad: fc.constantFrom('same', 'valid', 'explicit'),
    seed: fc.integer(),
  })
  .map(({ pad, ...shape }) => {
    const reach = pad === 'explicit' ? [1, Math.min(1, shape.filterHeight - 1)] : [0, 0]
    const outOf = (length: number, filter: number, stride: number, extra: number): number =>
      pad === 'same' ? Math.ceil(length / stride) : Math.floor((length + extra - filter) / stride) + 1
    const extra = (reach[0] ?? 0) + (reach[1] ?? 0)
    return {
      x: valuesOf([shape.batch, shape.height, shape.width, shape.inputs], shape.seed),
      dy: valuesOf(
        [
          shape.batch,
          outOf(shape.height, shape.filterHeight, shape.strideY, extra),
          outOf(shape.width, shape.filterWidth, shape.strideX, extra),
          shape.outputs,
        ],
        shape.seed + 1,
      ),
      filter: valuesOf([shape.filterHeight, shape.filterWidth, shape.inputs, shape.outputs], shape.seed + 2),
      attributes: {
        strides: [shape.strideY, shape.strideX],
        pad: pad === 'explicit' ? [[0, 0], reach, reach, [0, 0]] : pad,
        dataFormat: 'NHWC',
      },
    }
  })

beforeAll(async () => {
  await openBackend('cpu', () => undefined)
  await openBackend('wasm', () => undefined)
})

describe('training kernels', () => {
  it('[BACKEND-1] have the filter gradient of plain JavaScript for any shape, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, ({ x, dy, filter, attributes }) =>
        expectEqual(Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape: filter.shape }),
      ),
      runs,
    )
  })

  it('[BACKEND-1] have the input gradient of plain JavaScript for any shape, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(convolution, ({ x, dy, filter, attributes }) =>
        expectEqual(Conv2DBackpropInput, { dy, filter }, { ...attributes, inputShape: x.shape }),
      ),
      runs,
    )
  })

  it('[BACKEND-1] have the max-pool gradient of plain JavaScript, ties included', async () => {
    const pool = fc.record({
      batch: side(3),
      height: fc.integer({ min: 3, max: 9 }),
      width: fc.integer({ min: 3, max: 9 }),
      channels: side(5),
      filter: side(3),
      stride: side(3),
      pad: fc.constantFrom('same', 'valid'),
      ties: fc.boolean(),
      seed: fc.integer(),
    })
    await fc.assert(
      fc.asyncProperty(pool, async ({ batch, height, width, channels, filter, stride, pad, ties, seed }) => {
        const input = valuesOf([batch, height, width, channels], seed)
        if (ties)
          input.values.forEach((value, index) => (input.values[index] = Math.max(0, Math.round(value))))
        const out = (length: number): number =>
          pad === 'same' ? Math.ceil(length / stride) : Math.floor((length - filter) / stride) + 1
        const dy = valuesOf([batch, out(height), out(width), channels], seed + 1)
        await expectEqual(
          MaxPoolGrad,
          { dy, input, output: dy },
          { filterSize: filter, strides: stride, pad },
        )
      }),
      runs,
    )
  })

  it('[BACKEND-1] have the matrix products of plain JavaScript, transposed or not', async () => {
    const product = fc.record({
      batch: side(3),
      rows: side(12),
      inner: side(12),
      columns: side(12),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      seed: fc.integer(),
    })
    await fc.assert(
      fc.asyncProperty(product, ({ batch, rows, inner, columns, transposeA, transposeB, seed }) =>
        expectEqual(
          BatchMatMul,
          {
            a: valuesOf(transposeA ? [batch, inner, rows] : [batch, rows, inner], seed),
            b: valuesOf(transposeB ? [batch, columns, inner] : [batch, inner, columns], seed + 1),
          },
          { transposeA, transposeB },
        ),
      ),
      runs,
    )
  })
})
