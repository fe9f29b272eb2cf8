import {
  backend_util,
  conv2d,
  Conv2DBackpropFilter,
  slice,
  tidy,
  transpose,
  type KernelConfig,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { attribute, asTensor, type ConvAttributes } from './arguments.ts'

/**
 * The gradient of a convolution's filter as a convolution itself: with batch and channels swapped, x as
 * [Cin, H, W, B] is convolved with dy as [H', W', B, Cout]. A stride of the forward pass becomes a dilation here, so
 * the identity holds for every stride and padding. XNNPACK, whose weights are packed for speed, does the rest.
 */
export function filterGradient(x: Tensor4D, dy: Tensor4D, attributes: ConvAttributes): Tensor4D {
  const { strides, pad, dimRoundingMode, filterShape } = attributes
  const info = backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode)
  const { padInfo, strideHeight, strideWidth, filterHeight, filterWidth } = info
  const swapped = transpose(x, [3, 1, 2, 0])
  const kernel = transpose(dy, [1, 2, 0, 3])
  const reachY = (info.outHeight - 1) * strideHeight + filterHeight
  const reachX = (info.outWidth - 1) * strideWidth + filterWidth
  // Rows that no window reached (a remainder of the stride) are cut by padding less than nothing, that is by a slice.
  const rows = Math.min(info.inHeight, reachY - padInfo.top)
  const columns = Math.min(info.inWidth, reachX - padInfo.left)
  const used =
    rows === info.inHeight && columns === info.inWidth
      ? swapped
      : slice(swapped, [0, 0, 0, 0], [swapped.shape[0], rows, columns, swapped.shape[3]])
  const padding: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [padInfo.top, reachY - padInfo.top - rows],
    [padInfo.left, reachX - padInfo.left - columns],
    [0, 0],
  ]
  const result = conv2d(used, kernel, 1, padding, 'NHWC', [strideHeight, strideWidth])
  return transpose(result, [1, 2, 0, 3])
}

export const filterGradientKernel: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }): TensorInfo =>
    tidy(() => filterGradient(asTensor(inputs['x']), asTensor(inputs['dy']), attribute(attrs))),
}
