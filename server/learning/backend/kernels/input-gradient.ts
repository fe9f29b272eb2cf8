import {
  backend_util,
  conv2d,
  Conv2DBackpropInput,
  reverse,
  tidy,
  transpose,
  type KernelConfig,
  type KernelFunc,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { attribute, asTensor, type ConvAttributes } from './arguments.ts'

/**
 * The gradient of a convolution's input as a convolution of dy with the filter turned by 180 degrees and its channels
 * swapped, padded by what the forward pass did not pad. Holds for stride 1 and no more padding than the filter
 * reaches; null where it does not.
 */
export function inputGradient(dy: Tensor4D, filter: Tensor4D, attributes: ConvAttributes): Tensor4D | null {
  const { strides, pad, dimRoundingMode, inputShape } = attributes
  const info = backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode)
  const top = info.filterHeight - 1 - info.padInfo.top
  const left = info.filterWidth - 1 - info.padInfo.left
  const bottom = info.inHeight - info.outHeight - top + info.filterHeight - 1
  const right = info.inWidth - info.outWidth - left + info.filterWidth - 1
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return null
  if (top < 0 || left < 0 || bottom < 0 || right < 0) return null
  return tidy(() =>
    conv2d(dy, transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
  )
}

/** Falls back to `general`, the library's own kernel, where the identity does not hold. */
export function inputGradientKernel(general: KernelFunc): KernelConfig {
  return {
    kernelName: Conv2DBackpropInput,
    backendName: 'wasm',
    kernelFunc: (call) =>
      inputGradient(asTensor(call.inputs['dy']), asTensor(call.inputs['filter']), attribute(call.attrs)) ??
      general(call),
  }
}
