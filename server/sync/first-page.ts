import * as Y from 'yjs'
import { appendPage } from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'

/** The Yjs client that first pages are written under, and nothing else. */
export const FIRST_PAGE_CLIENT = 1
const MAX_ID = 32

/** A canvas that begins anew: one clean page, which no canvas had before. */
export function cleanCanvas(): Uint8Array {
  const doc = new Y.Doc()
  appendPage(doc, newId())
  return Y.encodeStateAsUpdate(doc)
}

/**
 * The first page of a canvas as an update. It follows from the canvas alone: a server that lost it before it was
 * stored makes the very same one, and what people drew on it meanwhile still lies on it.
 */
export function firstPage(canvasId: string): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = FIRST_PAGE_CLIENT
  appendPage(doc, `p${canvasId}`.slice(0, MAX_ID))
  return Y.encodeStateAsUpdate(doc)
}
