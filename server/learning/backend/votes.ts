import {
  concat,
  logSoftmax,
  logSumExp,
  stack,
  sub,
  tensor4d,
  tidy,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { PIXELS, SIDE } from '../../../shared/training/architecture.ts'
import { denseOf, forward } from './forward.ts'
import type { Body, Dense } from './weights.ts'

/** Drawings as images [size, 28, 28, 1]. */
export function images(pixels: Float32Array, size: number): Tensor4D {
  if (pixels.length < size * PIXELS)
    throw new RangeError(`${pixels.length} pixels are too few for ${size} drawings`)
  return tensor4d(pixels.subarray(0, size * PIXELS), [size, SIDE, SIDE, 1])
}

/**
 * Logits of a network whose bodies have been folded: of one member its own, of several the logarithm of their mean
 * probabilities, [size, classes]. Call within a tidy.
 */
export function votesOf(drawings: Tensor4D, bodies: readonly Body[], heads: readonly Dense[]): Tensor2D {
  const [first, ...others] = bodies.flatMap((body, member) => {
    const head = heads[member]
    return head === undefined ? [] : [tidy(() => denseOf(forward(drawings, body).embedding, head))]
  })
  if (first === undefined) throw new Error('a network of no class has no logits')
  if (others.length === 0) return first
  const sure = [first, ...others].map((logits) => logSoftmax(logits))
  return sub(logSumExp(stack(sure), 0), Math.log(sure.length))
}

/** The embeddings of all members side by side, [size, members * 128]. Call within a tidy. */
export function embeddingsOf(drawings: Tensor4D, bodies: readonly Body[]): Tensor2D {
  const [first, ...others] = bodies.map((body) => tidy(() => forward(drawings, body).embedding))
  if (first === undefined) throw new Error('a network has a member at least')
  return others.length === 0 ? first : concat([first, ...others], 1)
}
