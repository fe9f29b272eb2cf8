import type { Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount, type WeightSlice } from '../../../shared/training/layout.ts'
import { randomFor, type Random } from './random.ts'

/**
 * Fresh weights of a network from a seed: He-normal before a ReLU (He 2015), Glorot-uniform for heads (Glorot and
 * Bengio 2010), zero biases; a batch-norm starts as one that changes nothing (scale 1, shift 0, mean 0, variance 1).
 * Bodies are the same whatever the number of classes; the members of an ensemble differ.
 */
export function initialWeights(seed: number, architecture: Architecture): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(weightCount(architecture))
  for (const slice of layoutOf(architecture)) {
    const values = weights.subarray(slice.offset, slice.offset + slice.length)
    if (slice.role === 'matrix') fillMatrix(values, slice, randomFor(seed, 0, purposeOf(slice)))
    else values.fill(startsAtOne(slice) ? 1 : 0)
  }
  return weights
}

function fillMatrix(values: Float32Array, { shape, length, part }: WeightSlice, random: Random): void {
  const outputs = shape.at(-1) ?? 1
  const inputs = length / Math.max(1, outputs)
  const deviation = Math.sqrt(2 / inputs)
  const limit = Math.sqrt(6 / (inputs + outputs))
  for (let index = 0; index < length; index++)
    values[index] = part === 'head' ? limit * (2 * random.uniform() - 1) : deviation * random.normal()
}

/** The first dense layer keeps the name that the shipped starter was made under, so that it can be made again. */
function purposeOf({ name, member }: WeightSlice): string {
  const own = `initialise/${name.replace(/^dense1\//, 'dense/')}`
  return member === 0 ? own : `${own}/${String(member)}`
}

function startsAtOne({ name }: WeightSlice): boolean {
  return name.endsWith('/scale') || name.endsWith('/variance')
}
