import type * as Y from 'yjs'
import { MAX_PAGES_PER_CANVAS } from '../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  findPage,
  insertPage,
  pageIdOf,
  pagesOf,
  rawStrokes,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'

/** Pages turned without a label that keep their strokes, so that a clear can be undone. */
const KEPT_CLEARED = 8

/** Drops a page whose drawing is stored; where it was the current one, a clean page follows it first. */
export function dropStoredPage(doc: Y.Doc, pageId: string, held: ReadonlySet<string>): void {
  const current = currentPage(doc)
  if (current && pageIdOf(current) === pageId) appendPage(doc, newId())
  dropPage(doc, pageId)
  tidyPages(doc, held)
}

/** Brings a page back: as the current one where that is empty, else as one of its own behind it. */
export function bringPageBack(doc: Y.Doc, pageId: string, strokes: ReadonlyMap<string, Uint8Array>): void {
  if (findPage(doc, pageId)) return
  const current = currentPage(doc)
  const count = pagesOf(doc).length
  if (!current || isEmpty(current)) {
    appendPage(doc, pageId, strokes)
    if (current) dropPage(doc, pageIdOf(current))
  } else {
    insertPage(doc, count - 1, pageId, strokes)
  }
}

/** Whether a document has so many pages that some should go. */
export function needsTidying(doc: Y.Doc): boolean {
  return pagesOf(doc).length > MAX_PAGES_PER_CANVAS / 2
}

/** Drops empty pages before the current one, and the oldest of those with strokes; `held` ones stay. */
export function tidyPages(doc: Y.Doc, held: ReadonlySet<string>): void {
  const pages = pagesOf(doc)
  let kept = 0
  for (let index = pages.length - 2; index >= 0; index--) {
    const page = pages.get(index)
    if (held.has(pageIdOf(page))) continue
    if (isEmpty(page) || ++kept > KEPT_CLEARED) pages.delete(index, 1)
  }
}

function isEmpty(page: ReturnType<typeof currentPage>): boolean {
  return page === null || rawStrokes(page).size === 0
}
