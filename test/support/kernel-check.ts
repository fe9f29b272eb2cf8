import {
  backend_util,
  engine,
  setBackend,
  tensor,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect } from 'vitest'
import { openBackend } from '../../server/learning/backend/open.ts'
import { randomFrom } from '../../server/learning/model/random.ts'

/** A tensor in main memory. */
export interface Values {
  readonly values: Float32Array
  readonly shape: number[]
}

export const kernelRuns = { seed: 11, numRuns: 80 }
export const side = (most: number, min = 1): fc.Arbitrary<number> => fc.integer({ min, max: most })

export async function openBoth(): Promise<void> {
  await openBackend('cpu', () => undefined)
  await openBackend('wasm', () => undefined)
}

/** Normally distributed values of a shape. */
export function valuesOf(shape: number[], seed: number): Values {
  const random = randomFrom(seed)
  const length = shape.reduce((product, one) => product * one, 1)
  return { values: Float32Array.from({ length }, () => random.normal()), shape }
}

export interface KernelResult {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

/** Runs a kernel on one backend, having checked that its inputs are as they were and that no tensor is left over. */
export async function runKernelOn(
  backend: 'cpu' | 'wasm',
  kernel: string,
  inputs: Readonly<Record<string, Values>>,
  attributes: NamedAttrMap,
): Promise<KernelResult> {
  await setBackend(backend)
  const before = engine().memory().numTensors
  const tensors: NamedTensorMap = {}
  for (const [name, { values, shape }] of Object.entries(inputs))
    tensors[name] = tensor(values.slice(), shape)
  const result = engine().runKernel<Tensor>(kernel, tensors, attributes)
  const values = Float32Array.from(await result.data())
  const shape = [...result.shape]
  result.dispose()
  for (const [name, input] of Object.entries(tensors)) {
    expect(Float32Array.from(await input.data()), `${kernel} changed its ${name}`).toEqual(
      inputs[name]?.values,
    )
    input.dispose()
  }
  expect(engine().memory().numTensors, `${kernel} on ${backend} left tensors`).toBe(before)
  return { values, shape }
}

/** That a kernel gives on wasm what it gives in plain JavaScript; `on` names the inputs of wasm alone. */
export async function expectEqualKernels(
  kernel: string,
  inputs: Readonly<Record<string, Values>>,
  attributes: NamedAttrMap,
): Promise<void> {
  expectClose(
    await runKernelOn('wasm', kernel, inputs, attributes),
    await runKernelOn('cpu', kernel, inputs, attributes),
  )
}

export function expectClose(got: KernelResult, wanted: KernelResult): void {
  expect(got.shape).toEqual(wanted.shape)
  expect(got.values.length).toBe(wanted.values.length)
  wanted.values.forEach((value, index) => {
    if (!(Math.abs((got.values[index] ?? NaN) - value) <= 1e-4 * (1 + Math.abs(value))))
      expect.fail(`value ${String(index)} is ${String(got.values[index])}, not ${String(value)}`)
  })
}

const padding = fc.oneof(fc.constantFrom('same', 'valid'), fc.integer({ min: 0, max: 2 }))

/** Random convolutions whose window fits: x, its filter and a dy of the size that the library expects. */
export const convolution = fc
  .record({
    batch: side(3, 0),
    height: side(9),
    width: side(9),
    inputs: side(9),
    outputs: side(20),
    filterHeight: side(4),
    filterWidth: side(4),
    strideY: side(3),
    strideX: side(3),
    pad: fc.oneof(padding, fc.tuple(side(2, 0), side(2, 0), side(2, 0), side(2, 0))),
    last: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ pad: wanted, ...shape }) => {
    const pad =
      typeof wanted === 'object'
        ? ([
            [0, 0],
            [wanted[0], wanted[1]],
            [wanted[2], wanted[3]],
            [0, 0],
          ] as Explicit)
        : wanted
    const strides: [number, number] = [shape.strideY, shape.strideX]
    const filterShape: [number, number, number, number] = [
      shape.filterHeight,
      shape.filterWidth,
      shape.inputs,
      shape.outputs,
    ]
    const inShape: [number, number, number, number] = [shape.batch, shape.height, shape.width, shape.inputs]
    const info = backend_util.computeConv2DInfo(inShape, filterShape, strides, 1, pad)
    return { ...shape, pad, strides, filterShape, inShape, info }
  })
  .filter(({ info }) => info.outHeight > 0 && info.outWidth > 0)
  .map(({ info, inShape, filterShape, strides, last, seed, pad }) => {
    const ordered = ([batch = 0, height = 0, width = 0, channels = 0]: readonly number[]): number[] =>
      last ? [batch, height, width, channels] : [batch, channels, height, width]
    return {
      x: valuesOf(ordered(inShape), seed),
      dy: valuesOf(ordered([info.batchSize, info.outHeight, info.outWidth, info.outChannels]), seed + 1),
      filter: valuesOf(filterShape, seed + 2),
      // Explicit sides of a padding are in the order of the channels.
      attributes: {
        strides,
        pad: last || typeof pad !== 'object' ? pad : ([pad[0], pad[3], pad[1], pad[2]] as Explicit),
        dataFormat: last ? 'NHWC' : 'NCHW',
      },
    }
  })

type Side = [number, number]
type Explicit = [Side, Side, Side, Side]
