import { layoutOf } from '../../../shared/training/layout.ts'
import type { Family } from '../../../shared/training/settings.ts'
import { initialWeights } from '../model/initialise.ts'
import { relayHead } from '../model/widen.ts'
import type { StarterModel } from './file.ts'

/**
 * Weights that a training of a family starts from, with a head column for each of `columns`: that of the starter's class
 * with this index, or a fresh one for null. The starter's own weights fit `cnn` alone: an ensemble takes them for its
 * first member, and all else starts from random weights of the seed.
 */
export function startingWeights(
  family: Family,
  seed: number,
  starter: Pick<StarterModel, 'classes' | 'weights'>,
  columns: readonly (number | null)[],
): Float32Array<ArrayBuffer> {
  const weights = initialWeights(seed, { family, classes: columns.length })
  if (family !== 'cnn' && family !== 'ensemble') return weights
  const trained = relayHead(starter.weights, { family: 'cnn', classes: starter.classes.length }, columns)
  // The first member of an ensemble lies where a network of its own would.
  for (const { part, offset, length } of layoutOf({ family: 'cnn', classes: columns.length }))
    for (let at = offset; at < offset + length; at++) {
      const column = columns[(at - offset) % columns.length] ?? null
      if (part === 'body' || column !== null) weights[at] = trained[at] ?? 0
    }
  return weights
}
