import {
  engine,
  transpose,
  type NamedAttrMap,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core'

type Sides = [before: number, after: number]
type Padding = 'valid' | 'same' | number | [Sides, Sides, Sides, Sides]

interface ConvAttributes {
  readonly strides: [number, number] | number
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
  /** NHWC where it is left out. */
  readonly dataFormat?: 'NHWC' | 'NCHW'
}

/** Attributes of the gradient of a convolution's filter, as the library passes them. */
export interface FilterAttributes extends ConvAttributes {
  readonly filterShape: [number, number, number, number]
}

/** Attributes of the gradient of a convolution's input, as the library passes them. */
export interface InputAttributes extends ConvAttributes {
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

/** [batch, channels, height, width] as [batch, height, width, channels]. */
export function channelsLast(tensor: Tensor4D): Tensor4D {
  return transpose(tensor, [0, 2, 3, 1])
}

/** A padding as it is with channels last: sides that are given are in the order of the tensor's axes. */
export function paddingLast({ pad, dataFormat }: ConvAttributes): Padding {
  if (dataFormat !== 'NCHW' || typeof pad !== 'object') return pad
  const [batch, channels, height, width] = pad
  return [batch, height, width, channels]
}

function isTensor(info: TensorInfo): info is Tensor {
  return 'rankType' in info
}
