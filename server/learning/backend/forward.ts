import {
  add,
  conv2d,
  fused,
  matMul,
  maxPool,
  mul,
  relu,
  reshape,
  tidy,
  type Rank,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { normalise, type Normalised } from './batch-norm.ts'
import type { Body, Convolution, Dense } from './weights.ts'

/** What a convolution was given and gave. */
export interface ConvolutionTrace {
  readonly layer: Convolution
  readonly input: Tensor4D
  /** After the ReLU. */
  readonly output: Tensor4D
  /** After the max-pool, or the output where there is none. */
  readonly result: Tensor4D
  /** Null without batch-norm. */
  readonly normalised: Normalised | null
}

export interface DenseTrace {
  readonly layer: Dense
  readonly input: Tensor2D
  readonly output: Tensor2D
}

/** What the forward pass leaves for the backward pass. */
export interface Traces {
  readonly convolutions: readonly ConvolutionTrace[]
  readonly dense: readonly DenseTrace[]
  readonly embedding: Tensor2D
}

/**
 * Runs a body on images [size, 28, 28, 1]. A batch-norm takes the statistics of this batch; for guessing a body is
 * folded before. Call within a tidy.
 */
export function forward(images: Tensor4D, body: Body): Traces {
  const convolutions: ConvolutionTrace[] = []
  let image = images
  for (const layer of body.convolutions) {
    const trace = convolve(image, layer)
    convolutions.push(trace)
    image = trace.result
  }
  const dense: DenseTrace[] = []
  let values = reshape<Rank.R2>(image, [image.shape[0], -1])
  for (const layer of body.dense) {
    const output: Tensor2D = relu(denseOf(values, layer))
    dense.push({ layer, input: values, output })
    values = output
  }
  return { convolutions, dense, embedding: values }
}

/** A dense layer before its ReLU; a head's are the logits. */
export function denseOf(values: Tensor2D, { kernel, bias }: Dense): Tensor2D {
  return add(matMul(values, kernel.tensor), bias.tensor)
}

function convolve(input: Tensor4D, layer: Convolution): ConvolutionTrace {
  const { output, normalised } = convolved(input, layer)
  const result = layer.pooled ? maxPool(output, 2, 2, 'valid') : output
  return { layer, input, output, result, normalised }
}

function convolved(
  x: Tensor4D,
  { filter: { tensor: filter }, bias }: Convolution,
): Pick<ConvolutionTrace, 'output' | 'normalised'> {
  if ('tensor' in bias) {
    const activation = { activation: 'relu', bias: bias.tensor } as const
    return { output: fused.conv2d({ x, filter, strides: 1, pad: 'same', ...activation }), normalised: null }
  }
  const linear = conv2d(x, filter, 1, 'same')
  const normalised = normalise(linear)
  linear.dispose()
  const output = tidy(() => relu<Tensor4D>(add(mul(normalised.hat, bias.scale.tensor), bias.shift.tensor)))
  return { output, normalised }
}
