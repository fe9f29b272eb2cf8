import {
  backend_util,
  conv2d,
  Conv2DBackpropInput,
  reverse,
  tidy,
  transpose,
  zeros,
  type KernelConfig,
  type KernelFunc,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { asTensor, attribute, channelsLast, paddingLast, type InputAttributes } from './arguments.ts'

/**
 * The gradient of a convolution's input as a convolution of dy with the filter turned by 180 degrees and its channels
 * swapped, padded by what the forward pass did not pad. Holds for stride 1 and no more padding than the filter
 * reaches; null where it does not. Channels last.
 */
function asConvolution(dy: Tensor4D, filter: Tensor4D, attributes: InputAttributes): Tensor4D | null {
  const { strides, pad, dimRoundingMode, inputShape } = attributes
  const info = backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode)
  const top = info.filterHeight - 1 - info.padInfo.top
  const left = info.filterWidth - 1 - info.padInfo.left
  const bottom = info.inHeight - info.outHeight - top + info.filterHeight - 1
  const right = info.inWidth - info.outWidth - left + info.filterWidth - 1
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return null
  if (top < 0 || left < 0 || bottom < 0 || right < 0) return null
  return conv2d(dy, transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ])
}

/** Falls back to `general`, the library's own kernel, where a convolution does not give the gradient. */
export function inputGradientKernel(general: KernelFunc): KernelConfig {
  return {
    kernelName: Conv2DBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }): TensorInfo => {
      const dy: Tensor4D = asTensor(inputs['dy'])
      const filter: Tensor4D = asTensor(inputs['filter'])
      const attributes = attribute<InputAttributes>(attrs)
      const gradient = (slopes: Tensor4D, ofInput: InputAttributes): Tensor4D =>
        asConvolution(slopes, filter, ofInput) ??
        single(
          general({ inputs: { dy: slopes, filter }, attrs: { ...ofInput, dataFormat: 'NHWC' }, backend }),
        )
      return tidy((): Tensor4D => {
        if (dy.size === 0 || filter.size === 0) return zeros(attributes.inputShape)
        if (attributes.dataFormat !== 'NCHW') return gradient(dy, attributes)
        const [batch, channels, height, width] = attributes.inputShape
        const inputShape: InputAttributes['inputShape'] = [batch, height, width, channels]
        const pad = paddingLast(attributes)
        return transpose(gradient(channelsLast(dy), { ...attributes, pad, inputShape }), [0, 3, 1, 2])
      })
    },
  }
}

function single(made: TensorInfo | TensorInfo[]): Tensor4D {
  return asTensor(Array.isArray(made) ? made[0] : made)
}
