import * as Y from 'yjs'
import { pagesOf, strokesOf } from '../../shared/canvas/schema.ts'
import type { InspectedUpdate } from './inspect-update.ts'

/** A stroke, or what was done to one, on a page that is about to go. */
export interface Overlooked {
  readonly key: string
  readonly bytes: Uint8Array
  readonly clientId: number
}

/**
 * What lies on the pages that an update drops and its writer had not seen: who takes a page for empty names it
 * alone among the erasures, and nothing of what others put there meanwhile. What came to a document that had dropped
 * the page before counts as erased there, though nobody did that: of such values `meant` tells, by who wrote them,
 * whether their erasure is to be believed.
 */
export function overlookedBy(
  doc: Y.Doc,
  { deletions }: Pick<InspectedUpdate, 'deletions'>,
  meant: (clientId: number) => boolean,
): Overlooked[] {
  if (deletions.size === 0) return []
  const isErased = ({ client, clock }: Y.ID): boolean => within(deletions.get(client) ?? [], clock)
  const overlooked: Overlooked[] = []
  for (const page of pagesOf(doc)) {
    if (!(page instanceof Y.Map) || !page._item || !isErased(page._item.id)) continue
    const strokes = strokesOf(page)
    strokes?.forEach((bytes: unknown, key) => {
      const item = strokes._map.get(key)
      if (!item || (isErased(item.id) && meant(item.id.client)) || !(bytes instanceof Uint8Array)) return
      overlooked.push({ key, bytes, clientId: item.id.client })
    })
  }
  return overlooked
}

/** Whether one of the ranges, which are in order and apart, holds the clock. */
function within(ranges: readonly { readonly clock: number; readonly len: number }[], clock: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.clock ?? Infinity) <= clock) low = middle + 1
    else high = middle
  }
  const range = ranges[low - 1]
  return range !== undefined && clock < range.clock + range.len
}
