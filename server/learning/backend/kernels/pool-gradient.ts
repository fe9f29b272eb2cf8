import { backend_util, MaxPoolGrad, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core'
import { attribute, type PoolAttributes } from './arguments.ts'
import { floatsOf, loopsOf, wasmOf } from './heap.ts'
import type { PoolRow } from './simd/pool-row.ts'

/** Whole-number shape of a pooling, all sides in values. */
export interface PoolShape {
  readonly batchSize: number
  readonly inHeight: number
  readonly inWidth: number
  readonly outHeight: number
  readonly outWidth: number
  readonly inChannels: number
  readonly filterHeight: number
  readonly filterWidth: number
  readonly strideHeight: number
  readonly strideWidth: number
  readonly padInfo: { readonly top: number; readonly left: number }
}

/**
 * Adds the gradient of a max-pool into `dx`, which must be zero: each window's dy goes to its first maximum in
 * row-major order, as the plain JavaScript backend has it. Blank paper gives equal values everywhere, so ties are the
 * rule, and giving dy to each of them would multiply it.
 */
function poolGradient(x: Float32Array, dy: Float32Array, dx: Float32Array, shape: PoolShape): void {
  const { inHeight, inWidth, inChannels: channels, outHeight, outWidth } = shape
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = shape
  let at = 0
  for (let sample = 0; sample < shape.batchSize; sample++)
    for (let row = 0; row < outHeight; row++) {
      const firstY = row * strideHeight - padInfo.top
      const fromY = Math.max(0, firstY)
      const toY = Math.min(inHeight, firstY + filterHeight)
      for (let column = 0; column < outWidth; column++) {
        const firstX = column * strideWidth - padInfo.left
        const fromX = Math.max(0, firstX)
        const toX = Math.min(inWidth, firstX + filterWidth)
        for (let channel = 0; channel < channels; channel++, at++) {
          const slope = dy[at] ?? 0
          if (slope === 0) continue
          let best = -Infinity
          let place = -1
          for (let y = fromY; y < toY; y++) {
            let index = ((sample * inHeight + y) * inWidth + fromX) * channels + channel
            for (let left = fromX; left < toX; left++, index += channels) {
              const value = x[index] ?? 0
              if (value > best) {
                best = value
                place = index
              }
            }
          }
          if (place >= 0) dx[place] = (dx[place] ?? 0) + slope
        }
      }
    }
}

/** The same for windows of 2x2 that neither overlap nor reach outside, many times as fast; `dx` may hold anything. */
function quarterPoolGradient(
  row: PoolRow,
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  shape: PoolShape,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth } = shape
  // A last row or column that no window reaches.
  if (outHeight * 2 < inHeight || outWidth * 2 < inWidth) dx.fill(0)
  const pixel = inChannels * 4
  const line = inWidth * pixel
  for (let sample = 0; sample < shape.batchSize; sample++)
    for (let outRow = 0; outRow < outHeight; outRow++) {
      const from = (sample * inHeight + outRow * 2) * line
      const fromDy = (sample * outHeight + outRow) * outWidth * pixel
      const quads = inChannels / 4
      row(x.byteOffset + from, dy.byteOffset + fromDy, dx.byteOffset + from, outWidth, quads, pixel, line)
    }
}

function isQuarter({
  filterHeight,
  filterWidth,
  strideHeight,
  strideWidth,
  padInfo,
  ...shape
}: PoolShape): boolean {
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((side) => side === 2) &&
    padInfo.top === 0 &&
    padInfo.left === 0 &&
    shape.outHeight * 2 <= shape.inHeight &&
    shape.outWidth * 2 <= shape.inWidth &&
    shape.outHeight * shape.outWidth > 0 &&
    shape.inChannels > 0 &&
    shape.inChannels % 4 === 0
  )
}

export const poolGradientKernel: KernelConfig = {
  kernelName: MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }): TensorInfo => {
    const wasm = wasmOf(backend)
    const { input, dy } = inputs
    if (input === undefined || dy === undefined) throw new Error('a max-pool gradient wants its input and dy')
    const { filterSize, strides, pad, dimRoundingMode } = attribute<PoolAttributes>(attrs)
    const [batch = 0, height = 0, width = 0, channels = 0] = input.shape
    const shape = backend_util.computePool2DInfo(
      [batch, height, width, channels],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    )
    const result = wasm.makeOutput(input.shape, 'float32')
    // Views after the allocation: growing the heap detaches earlier ones.
    const [x, slopes, dx] = [floatsOf(wasm, input), floatsOf(wasm, dy), floatsOf(wasm, result)]
    const { poolRow } = loopsOf(wasm)
    if (poolRow && isQuarter(shape)) quarterPoolGradient(poolRow, x, slopes, dx, shape)
    else poolGradient(x, slopes, dx.fill(0), shape)
    return result
  },
}
