import { backend_util, MaxPoolGrad, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core'
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { attribute, type PoolAttributes } from './arguments.ts'

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
export function poolGradient(x: Float32Array, dy: Float32Array, dx: Float32Array, shape: PoolShape): void {
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

export const poolGradientKernel: KernelConfig = {
  kernelName: MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend, attrs }): TensorInfo => {
    if (!(backend instanceof BackendWasm)) throw new Error('this kernel is for the wasm backend')
    const wasm = backend
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
    const dx = floats(wasm, result).fill(0)
    poolGradient(floats(wasm, input), floats(wasm, dy), dx, shape)
    return result
  },
}

function floats(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  const view = backend.typedArrayFromHeap(tensor)
  if (!(view instanceof Float32Array)) throw new TypeError(`expected float32, got ${tensor.dtype}`)
  return view
}
