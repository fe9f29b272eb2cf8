import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  logSoftmax,
  matMul,
  MaxPoolGrad,
  exp,
  mul,
  neg,
  reshape,
  step,
  sub,
  sum,
  tensor2d,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { EMBEDDING } from '../../../shared/training/architecture.ts'
import type { Batch, Trained } from './backend.ts'
import { forward, logitsOf, type NamedWeights } from './forward.ts'

/** A loss and its gradients, in the order of `model/layout.ts`. */
type LossAndGradients = {
  readonly loss: Tensor
  readonly losses: Tensor
  readonly parts: Tensor[]
}

/**
 * The weighted mean cross-entropy of a batch and its gradient for every weight, by hand: a tape would record the same
 * calls, and the library's package for Node registers no gradients. `total` is the sum of the sample weights, above
 * 0. Call within a tidy.
 */
export function lossAndGradients(
  images: Tensor4D,
  batch: Batch,
  total: number,
  weights: NamedWeights,
  classes: number,
  trained: Trained,
): LossAndGradients {
  const { size } = batch
  const targets = tensor2d(batch.targets.subarray(0, size * classes), [size, classes])
  // The mean's own factor, so that the loss is a plain sum.
  const shares = tensor2d(
    batch.sampleWeights.subarray(0, size).map((weight) => weight / total),
    [size, 1],
  )
  const dropout =
    batch.dropout === null ? null : tensor2d(batch.dropout.subarray(0, size * EMBEDDING), [size, EMBEDDING])

  const { convolved1, pooled1, convolved2, pooled2, flat, embedding } = forward(images, weights)
  const kept: Tensor2D = dropout === null ? embedding : mul(embedding, dropout)
  const logProbabilities = logSoftmax(logitsOf(kept, weights))
  const likely = mul(targets, logProbabilities)
  const loss = neg(sum(mul(likely, shares)))
  const losses = neg(sum(likely, 1))

  // The targets of a sample sum to one, so the softmax's own gradient is probabilities - targets.
  const logitsSlope: Tensor2D = mul(sub(exp(logProbabilities), targets), shares)
  const headSlope = matMul(kept, logitsSlope, true)
  const headBiasSlope = sum(logitsSlope, 0)
  if (trained === 'head') return { loss, losses, parts: [headSlope, headBiasSlope] }

  if (weights.head === null) throw new Error('a network of no class has no gradient')
  const keptSlope: Tensor2D = matMul(logitsSlope, weights.head, false, true)
  const embeddingSlope: Tensor2D = mul(
    dropout === null ? keptSlope : mul(keptSlope, dropout),
    step(embedding),
  )
  const denseSlope = matMul(flat, embeddingSlope, true)
  const denseBiasSlope = sum(embeddingSlope, 0)

  const pooled2Slope: Tensor4D = reshape(matMul(embeddingSlope, weights.dense, false, true), pooled2.shape)
  const passed2 = throughRelu(pooled2Slope, pooled2)
  const layer2 = throughPool(passed2, convolved2, pooled2)
  const filter2Slope = filterSlope(pooled1, layer2, weights.filter2)
  const pooled1Slope = run<Tensor4D>(
    Conv2DBackpropInput,
    { dy: layer2, filter: weights.filter2 },
    { ...sameConvolution, inputShape: pooled1.shape },
  )
  const passed1 = throughRelu(pooled1Slope, pooled1)
  const layer1 = throughPool(passed1, convolved1, pooled1)
  const filter1Slope = filterSlope(images, layer1, weights.filter1)
  return {
    loss,
    losses,
    parts: [
      filter1Slope,
      biasSlope(passed1),
      filter2Slope,
      biasSlope(passed2),
      denseSlope,
      denseBiasSlope,
      headSlope,
      headBiasSlope,
    ],
  }
}

const sameConvolution = { strides: 1, pad: 'same', dataFormat: 'NHWC' }

/** Back through a ReLU whose output a max-pool followed: a window's maximum has the mask of the value it came from. */
function throughRelu(dy: Tensor4D, pooled: Tensor4D): Tensor4D {
  return mul(dy, step(pooled))
}

function throughPool(dy: Tensor4D, input: Tensor4D, output: Tensor4D): Tensor4D {
  return run(MaxPoolGrad, { dy, input, output }, { filterSize: 2, strides: 2, pad: 'valid' })
}

function filterSlope(x: Tensor4D, dy: Tensor4D, filter: Tensor4D): Tensor4D {
  return run(Conv2DBackpropFilter, { x, dy }, { ...sameConvolution, filterShape: filter.shape })
}

/** From the pooled gradient, whose every value goes to one place: a quarter of the sum. */
function biasSlope(dy: Tensor4D): Tensor1D {
  return sum(reshape(dy, [-1, dy.shape[3]]), 0)
}

function run<T extends Tensor>(kernel: string, inputs: NamedTensorMap, attributes: NamedAttrMap): T {
  return engine().runKernel<T>(kernel, inputs, attributes)
}
