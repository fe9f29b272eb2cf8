import {
  backend_util,
  Conv2DBackpropFilter,
  tidy,
  type KernelConfig,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { asTensor, attribute, channelsLast, paddingLast, type FilterAttributes } from './arguments.ts'
import { floatsOf, loopsOf, wasmOf } from './heap.ts'
import type { Loops } from './simd/loops.ts'

const BYTES = 4

/** Where the values lie, in bytes, and the shape of the convolution, channels last. */
interface FilterSum {
  readonly x: number
  readonly dy: number
  readonly out: number
  readonly batchSize: number
  readonly inHeight: number
  readonly inWidth: number
  readonly inChannels: number
  readonly outHeight: number
  readonly outWidth: number
  readonly outChannels: number
  readonly filterHeight: number
  readonly filterWidth: number
  readonly strideHeight: number
  readonly strideWidth: number
  readonly padInfo: { readonly top: number; readonly left: number }
}

/** Adds the gradient of a convolution's filter to what lies at `out`, sample by sample, so that each stays in the cache. */
function addFilterGradient(loops: Loops, sum: FilterSum): void {
  for (let sample = 0; sample < sum.batchSize; sample++)
    for (let row = 0; row < sum.filterHeight; row++)
      for (let column = 0; column < sum.filterWidth; column++) addPlace(loops, sum, sample, row, column)
}

/** One place of the filter and one sample: x as the filter saw it there, times dy. */
function addPlace(
  loops: Loops,
  sum: FilterSum,
  sample: number,
  filterRow: number,
  filterColumn: number,
): void {
  const { inWidth, inChannels, outHeight, outWidth, outChannels, strideHeight, strideWidth } = sum
  const up = filterRow - sum.padInfo.top
  const left = filterColumn - sum.padInfo.left
  const [fromRow, rows] = inside(up, strideHeight, sum.inHeight, outHeight)
  const [fromColumn, columns] = inside(left, strideWidth, inWidth, outWidth)
  if (rows <= 0 || columns <= 0) return
  const y = sample * sum.inHeight + fromRow * strideHeight + up
  const x = sum.x + (y * inWidth + fromColumn * strideWidth + left) * inChannels * BYTES
  const dy = sum.dy + ((sample * outHeight + fromRow) * outWidth + fromColumn) * outChannels * BYTES
  const out = sum.out + (filterRow * sum.filterWidth + filterColumn) * inChannels * outChannels * BYTES
  const xStep = strideWidth * inChannels * BYTES
  const dyStep = outChannels * BYTES
  const xRow = strideHeight * inWidth * inChannels * BYTES
  const dyRow = outWidth * dyStep
  for (let input = 0; input < inChannels;) {
    let covered = 1
    for (let filter = 0; filter < outChannels;) {
      const tile = loops.tileFor(inChannels - input, outChannels - filter)
      tile.run(
        x + input * BYTES,
        dy + filter * BYTES,
        out + (input * outChannels + filter) * BYTES,
        rows,
        columns,
        xStep,
        dyStep,
        xRow,
        dyRow,
        dyStep,
      )
      filter += tile.filters
      covered = tile.inputs
    }
    input += covered
  }
}

/** The outputs whose place of the filter, `shift` from `stride * output`, lies inside: the first and how many. */
function inside(
  shift: number,
  stride: number,
  inputs: number,
  outputs: number,
): [from: number, count: number] {
  const from = Math.max(0, Math.ceil(-shift / stride))
  const to = Math.min(outputs, Math.floor((inputs - 1 - shift) / stride) + 1)
  return [from, to - from]
}

/** The gradient of a convolution's filter, for every stride, padding and order of channels. */
export const filterGradientKernel: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }): TensorInfo => {
    const wasm = wasmOf(backend)
    const x: Tensor4D = asTensor(inputs['x'])
    const dy: Tensor4D = asTensor(inputs['dy'])
    const attributes = attribute<FilterAttributes>(attrs)
    const { strides, dimRoundingMode, filterShape, dataFormat } = attributes
    const loops = loopsOf(wasm)
    const result = wasm.makeOutput(filterShape, 'float32')
    const out = floatsOf(wasm, result).fill(0).byteOffset
    if (x.size === 0 || dy.size === 0) return result
    const pad = paddingLast(attributes)
    tidy((): void => {
      const images = dataFormat === 'NCHW' ? channelsLast(x) : x
      const slopes = dataFormat === 'NCHW' ? channelsLast(dy) : dy
      const info = backend_util.computeConv2DInfo(images.shape, filterShape, strides, 1, pad, dimRoundingMode)
      const places = { x: floatsOf(wasm, images).byteOffset, dy: floatsOf(wasm, slopes).byteOffset, out }
      addFilterGradient(loops, { ...info, ...places })
    })
    return result
  },
}
