import {
  add,
  matMul,
  mul,
  ones,
  reshape,
  rsqrt,
  sub,
  sum,
  tidy,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import type { Body, Convolution } from './weights.ts'

/** Added to variances, so that a channel that never changes divides by no zero. */
const EPSILON = 1e-3

/** What a normalisation over a batch leaves for the backward pass. */
export interface Normalised {
  /** Normalised values, before scale and shift. */
  readonly hat: Tensor4D
  /** 1 / sqrt(variance + epsilon) of each channel. */
  readonly inverse: Tensor1D
  readonly mean: Tensor1D
  /** The mean square distance from the mean: biased, as the normalisation itself uses it. */
  readonly variance: Tensor1D
}

/** Normalises each channel of [size, height, width, channels] over the whole batch. */
export function normalise(x: Tensor4D): Normalised {
  return tidy(() => {
    const share = x.shape[3] / x.size
    const mean: Tensor1D = mul(channelSums(x), share)
    const centred: Tensor4D = sub(x, mean)
    const variance: Tensor1D = mul(channelSums(mul(centred, centred)), share)
    const inverse: Tensor1D = rsqrt(add<Tensor1D>(variance, EPSILON))
    return { hat: mul<Tensor4D>(centred, inverse), inverse, mean, variance }
  })
}

/**
 * The slopes of a normalisation's input and of its scale from that of its output (Ioffe and Szegedy 2015, section 3).
 * `shiftSlope` is the sum of `dy` over each channel.
 */
export function throughNormalisation(
  dy: Tensor4D,
  { hat, inverse }: Normalised,
  scale: Tensor1D,
  shiftSlope: Tensor1D,
): { readonly input: Tensor4D; readonly scale: Tensor1D } {
  return tidy(() => {
    const share = hat.shape[3] / hat.size
    const scaleSlope = channelSums(mul(dy, hat))
    const common: Tensor4D = add(mul(hat, mul(scaleSlope, share)), mul(shiftSlope, share))
    return { input: mul<Tensor4D>(sub(dy, common), mul(scale, inverse)), scale: scaleSlope }
  })
}

/**
 * Sums over all axes but the last: those of samples and rows by a product with ones, which WebAssembly is ten times
 * faster at than at the sum itself.
 */
export function channelSums(x: Tensor4D): Tensor1D {
  const [size, height, width, channels] = x.shape
  return tidy(() => {
    const columns = matMul(ones([1, size * height]), reshape<Rank.R2>(x, [size * height, width * channels]))
    return sum<Tensor1D>(reshape<Rank.R2>(columns, [width, channels]), 0)
  })
}

/**
 * A body as it is when guessing: a batch-norm with its running statistics is one factor and one summand a channel,
 * which go into the filter and a bias. `made`: the tensors that this took.
 */
export function folded({ convolutions, dense }: Body): { readonly body: Body; readonly made: Tensor[] } {
  const made: Tensor[] = []
  const plain = convolutions.map((convolution): Convolution => {
    const { filter, bias: norm, pooled } = convolution
    if ('tensor' in norm) return convolution
    const [foldedFilter, bias] = tidy((): [Tensor4D, Tensor1D] => {
      const factor: Tensor1D = mul(norm.scale.tensor, rsqrt(add(norm.variance.tensor, EPSILON)))
      return [mul(filter.tensor, factor), sub(norm.shift.tensor, mul(norm.mean.tensor, factor))]
    })
    made.push(foldedFilter, bias)
    return {
      filter: { tensor: foldedFilter, offset: filter.offset },
      bias: { tensor: bias, offset: norm.shift.offset },
      pooled,
    }
  })
  return { body: { convolutions: plain, dense }, made }
}
