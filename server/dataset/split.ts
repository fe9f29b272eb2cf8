import type { Split } from '../../shared/protocol/entities.ts'

/** The first drawings of a class that always train. */
export const ALWAYS_TRAIN = 5
/** Share of the later ones that are kept aside. */
export const KEPT_ASIDE = 0.2

/**
 * Where a drawing belongs, fixed when it is accepted: a pure function of its id and of how many drawings its
 * class has so far. Of those kept aside, half decide (validation) and half are shown (test).
 */
export function splitOf(drawingId: string, drawingsOfClassSoFar: number): Split {
  if (drawingsOfClassSoFar < ALWAYS_TRAIN) return 'train'
  if (unitHash(`${drawingId}/aside`) >= KEPT_ASIDE) return 'train'
  return unitHash(`${drawingId}/which`) < 0.5 ? 'validation' : 'test'
}

/** A hash of a text in [0, 1): FNV-1a, finalised as in MurmurHash3. */
function unitHash(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
