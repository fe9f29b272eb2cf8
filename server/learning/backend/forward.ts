import {
  add,
  fused,
  matMul,
  maxPool,
  relu,
  reshape,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

/** The network's weights as tensors; a network of no class has no head. */
export interface NamedWeights {
  readonly filter1: Tensor4D
  readonly bias1: Tensor1D
  readonly filter2: Tensor4D
  readonly bias2: Tensor1D
  readonly dense: Tensor2D
  readonly denseBias: Tensor1D
  readonly head: Tensor2D | null
  readonly headBias: Tensor1D | null
}

/** What the forward pass leaves for the backward pass. */
export interface Activations {
  readonly convolved1: Tensor4D
  readonly pooled1: Tensor4D
  readonly convolved2: Tensor4D
  readonly pooled2: Tensor4D
  readonly flat: Tensor2D
  readonly embedding: Tensor2D
}

/** Names tensors that lie in the order of `model/layout.ts`. */
export function namedWeights(weights: readonly Tensor[]): NamedWeights {
  const [filter1, bias1, filter2, bias2, dense, denseBias, head, headBias] = weights as [
    Tensor4D,
    Tensor1D,
    Tensor4D,
    Tensor1D,
    Tensor2D,
    Tensor1D,
    Tensor2D | undefined,
    Tensor1D | undefined,
  ]
  return { filter1, bias1, filter2, bias2, dense, denseBias, head: head ?? null, headBias: headBias ?? null }
}

/** Runs the body on images [size, 28, 28, 1]. Call within a tidy. */
export function forward(images: Tensor4D, weights: NamedWeights): Activations {
  const convolved1 = convolve(images, weights.filter1, weights.bias1)
  const pooled1 = maxPool(convolved1, 2, 2, 'valid')
  const convolved2 = convolve(pooled1, weights.filter2, weights.bias2)
  const pooled2 = maxPool(convolved2, 2, 2, 'valid')
  const flat = reshape<Rank.R2>(pooled2, [images.shape[0], -1])
  const embedding: Tensor2D = relu(add<Tensor2D>(matMul(flat, weights.dense), weights.denseBias))
  return { convolved1, pooled1, convolved2, pooled2, flat, embedding }
}

export function embeddingOf(images: Tensor4D, weights: NamedWeights): Tensor2D {
  return forward(images, weights).embedding
}

export function logitsOf(embedding: Tensor2D, { head, headBias }: NamedWeights): Tensor2D {
  if (head === null || headBias === null) throw new Error('a network of no class has no logits')
  return add(matMul(embedding, head), headBias)
}

function convolve(x: Tensor4D, filter: Tensor4D, bias: Tensor1D): Tensor4D {
  return fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' })
}
