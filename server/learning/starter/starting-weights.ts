import type { Family } from '../../../shared/training/settings.ts'
import { initialWeights } from '../model/initialise.ts'
import { relayHead } from '../model/widen.ts'
import type { StarterModel } from './file.ts'

/**
 * Weights that a training of a family starts from, with a head column for each class of the starter in `columns` (by
 * its index there). The starter's own weights fit `cnn` alone: an ensemble takes them for its first member, and all
 * else starts from random weights of the seed.
 */
export function startingWeights(
  family: Family,
  seed: number,
  starter: Pick<StarterModel, 'classes' | 'weights'>,
  columns: readonly number[],
): Float32Array<ArrayBuffer> {
  const trained = (): Float32Array<ArrayBuffer> =>
    relayHead(starter.weights, { family: 'cnn', classes: starter.classes.length }, columns)
  if (family === 'cnn') return trained()
  const weights = initialWeights(seed, { family, classes: columns.length })
  if (family === 'ensemble') weights.set(trained())
  return weights
}
