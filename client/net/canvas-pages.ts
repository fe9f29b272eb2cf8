import type * as Y from 'yjs'
import {
  appendPage,
  currentPage,
  dropPage,
  findPage,
  indexOfPage,
  isEmptyPage,
  origins,
  pageIdOf,
  pagesOf,
  type Page,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'

/** How a page came back: as the `current` one, kept as a page of its `own` behind newer ink, or not at all. */
export type PageReturn = 'current' | 'own' | 'gone'

/** Turns to a clean page and answers the id of the one before; null where nothing is drawn on it. */
export function turnPage(doc: Y.Doc): string | null {
  const page = currentPage(doc)
  if (!page || isEmptyPage(page)) return null
  doc.transact(() => appendPage(doc, newId()), origins.page)
  return pageIdOf(page)
}

/** Whether a turned page can become the current one again: it is there, and nothing is drawn on the pages after it. */
export function canReturn(doc: Y.Doc, pageId: string): boolean {
  return findPage(doc, pageId) !== null && pagesAfter(doc, pageId).every(isEmptyPage)
}

/**
 * Brings a turned page back. It becomes the current one if all pages after it are empty: those go. Otherwise somebody
 * has drawn since, whom nothing is taken from under the pen: the page stays as it is, behind.
 */
export function returnPage(doc: Y.Doc, pageId: string): PageReturn {
  if (!findPage(doc, pageId)) return 'gone'
  const later = pagesAfter(doc, pageId)
  if (!later.every(isEmptyPage)) return 'own'
  doc.transact(() => {
    for (const page of later) dropPage(doc, pageIdOf(page))
  }, origins.page)
  return 'current'
}

function pagesAfter(doc: Y.Doc, pageId: string): Page[] {
  return pagesOf(doc).slice(indexOfPage(doc, pageId) + 1)
}
