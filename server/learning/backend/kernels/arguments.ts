import { engine, type NamedAttrMap, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core'

type Padding =
  'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]]

/** Attributes of the gradients of a convolution, as the library passes them. */
export interface ConvAttributes {
  readonly strides: [number, number] | number
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  readonly filterShape: [number, number, number, number]
  readonly inputShape: [number, number, number, number]
}

/** Attributes of the gradient of a max-pool, as the library passes them. */
export interface PoolAttributes {
  readonly filterSize: [number, number] | number
  readonly strides: [number, number] | number
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** A kernel's attributes in the shape its kernel name promises; the library types them as a loose map. */
export function attribute<T>(attributes: NamedAttrMap | undefined): T {
  const loose: unknown = attributes
  return loose as T
}

/** The tensor behind a kernel's input, for calling operations on it. */
export function asTensor<T extends Tensor>(info: TensorInfo | undefined): T {
  if (info === undefined) throw new Error('a kernel was called without one of its inputs')
  const tensor: Tensor = isTensor(info)
    ? info
    : engine().makeTensorFromDataId(info.dataId, info.shape, info.dtype)
  return tensor as T
}

function isTensor(info: TensorInfo): info is Tensor {
  return 'rankType' in info
}
