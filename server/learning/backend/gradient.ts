import {
  exp,
  logSoftmax,
  matMul,
  mul,
  neg,
  sub,
  sum,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { EMBEDDING } from '../../../shared/training/architecture.ts'
import { backward } from './backward.ts'
import type { Batch } from './backend.ts'
import { denseOf, forward, type Traces } from './forward.ts'
import type { Body, Dense, Held } from './weights.ts'

/** The loss of one member of a network, with its gradient. */
export type MemberGradient = {
  readonly loss: Tensor
  readonly losses: Tensor
  /** By their places in the flat weights. */
  readonly slopes: Held[]
  /** A batch's own means and variances, by the places of the running ones. */
  readonly statistics: Held[]
}

/** What of a batch a member is given. `total`: the sum of the sample weights, above 0. */
export interface MemberBatch {
  readonly batch: Batch
  readonly total: number
  readonly classes: number
  /** Its place in the network, by which it finds its part of the dropout. */
  readonly member: number
  readonly members: number
}

/**
 * The weighted mean cross-entropy of a batch and its gradient for every weight of a member, by hand: a tape would
 * record the same calls, and the library's package for Node registers no gradients. A body with batch-norms is
 * trained as it is; the head alone is trained over a folded one. The tensors are the caller's to dispose of.
 */
export function memberGradient(
  images: Tensor4D,
  given: MemberBatch,
  body: Body,
  head: Dense,
  trained: 'all' | 'head',
): MemberGradient {
  return tidy(() => {
    const traces = forward(images, body)
    const { embedding } = traces
    const dropout = dropoutOf(given)
    const kept: Tensor2D = dropout === null ? embedding : mul(embedding, dropout)
    const { loss, losses, logitsSlope } = crossEntropy(denseOf(kept, head), given)
    const headSlopes = [
      { offset: head.kernel.offset, tensor: matMul(kept, logitsSlope, true) },
      { offset: head.bias.offset, tensor: sum(logitsSlope, 0) },
    ]
    if (trained === 'head') return { loss, losses, slopes: headSlopes, statistics: [] }
    const keptSlope: Tensor2D = matMul(logitsSlope, head.kernel.tensor, false, true)
    const embeddingSlope: Tensor2D = dropout === null ? keptSlope : mul(keptSlope, dropout)
    const slopes = [...backward(traces, embeddingSlope), ...headSlopes]
    return { loss, losses, slopes, statistics: statisticsOf(traces) }
  })
}

function crossEntropy(
  logits: Tensor2D,
  { batch, total, classes }: MemberBatch,
): { readonly loss: Tensor; readonly losses: Tensor; readonly logitsSlope: Tensor2D } {
  const { size } = batch
  const targets = tensor2d(batch.targets.subarray(0, size * classes), [size, classes])
  // The mean's own factor, so that the loss is a plain sum.
  const shares = tensor2d(
    batch.sampleWeights.subarray(0, size).map((weight) => weight / total),
    [size, 1],
  )
  const logProbabilities = logSoftmax(logits)
  const likely = mul(targets, logProbabilities)
  return {
    loss: neg(sum(mul(likely, shares))),
    losses: neg(sum(likely, 1)),
    // The targets of a sample sum to one, so the softmax's own gradient is probabilities - targets.
    logitsSlope: mul(sub(exp(logProbabilities), targets), shares),
  }
}

/** The factors on a member's own embedding, which lies beside those of the others in each sample's row. */
function dropoutOf({ batch: { size, dropout }, member, members }: MemberBatch): Tensor2D | null {
  if (dropout === null) return null
  const width = members * EMBEDDING
  const own = new Float32Array(size * EMBEDDING)
  for (let sample = 0; sample < size; sample++) {
    const from = sample * width + member * EMBEDDING
    own.set(dropout.subarray(from, from + EMBEDDING), sample * EMBEDDING)
  }
  return tensor2d(own, [size, EMBEDDING])
}

function statisticsOf({ convolutions }: Traces): Held[] {
  return convolutions.flatMap(({ layer: { bias }, normalised }) => {
    if (normalised === null || 'tensor' in bias) return []
    return [
      { offset: bias.mean.offset, tensor: normalised.mean },
      { offset: bias.variance.offset, tensor: normalised.variance },
    ]
  })
}
