import type * as Y from 'yjs'
import { currentPage, origins, strokesOf } from '../../shared/canvas/schema.ts'
import type { UnsavedStrokes } from './unsaved-strokes.ts'

/**
 * Puts on the current page what I drew on a page that is gone or was turned by somebody else while I was away, so that
 * it is seen; or on its own page, where that came back. A server leaves a stroke on one page alone, and knows whether
 * the other one is being labelled. `had` is how far the server had come before it heard of this document. Answers how many strokes moved.
 */
export function landStrays(doc: Y.Doc, unsaved: UnsavedStrokes, had: ReadonlyMap<number, number>): number {
  const strays = unsaved.strays(had)
  const current = currentPage(doc)
  if (!current || strays.length === 0) return 0
  doc.transact(() => {
    for (const { id, bytes, to } of strays) strokesOf(to ?? current)?.set(id, bytes)
  }, origins.load)
  return strays.length
}
