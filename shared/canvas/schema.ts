import * as Y from 'yjs'
import { decodeStroke, encodeStroke, StrokeCodecError } from './codec.ts'
import type { IdentifiedStroke, Stroke } from './stroke.ts'

/*
 * The one place that names Yjs keys. A canvas document is
 *
 *   pages: Y.Array of page
 *   page:  Y.Map { id: string, strokes: Y.Map { stroke id -> Uint8Array (encodeStroke) } }
 *
 * The last page of the array is the current one. A stroke is written once, whole, and never changed; clearing or
 * labelling appends a page, and dropping an old page drops all its strokes at the price of one tombstone.
 */
const PAGES = 'pages'
const PAGE_ID = 'id'
const PAGE_STROKES = 'strokes'

export type Page = Y.Map<unknown>
export type PageStrokes = Y.Map<Uint8Array>

/** Origins of transactions: who changed the document. The undo manager tracks `local` alone. */
export const origins = { local: 'local', page: 'page', server: 'server', load: 'load' } as const

export function pagesOf(doc: Y.Doc): Y.Array<Page> {
  return doc.getArray<Page>(PAGES)
}

export function currentPage(doc: Y.Doc): Page | null {
  const pages = pagesOf(doc)
  return pages.length > 0 ? pages.get(pages.length - 1) : null
}

export function findPage(doc: Y.Doc, pageId: string): Page | null {
  return (
    pagesOf(doc)
      .toArray()
      .find((page) => pageIdOf(page) === pageId) ?? null
  )
}

export function indexOfPage(doc: Y.Doc, pageId: string): number {
  return pagesOf(doc)
    .toArray()
    .findIndex((page) => pageIdOf(page) === pageId)
}

/** The page's identifier, or '' where a client wrote a page without one. */
export function pageIdOf(page: Page): string {
  const id = page.get(PAGE_ID)
  return typeof id === 'string' ? id : ''
}

/** The strokes of a page, or null where a client wrote a page without any. */
export function strokesOf(page: Page): PageStrokes | null {
  const strokes = page.get(PAGE_STROKES)
  return strokes instanceof Y.Map ? (strokes as PageStrokes) : null
}

/** Appends a page, which makes it the current one; `strokes` are encoded bytes by stroke id. */
export function appendPage(
  doc: Y.Doc,
  pageId: string,
  strokes: ReadonlyMap<string, Uint8Array> = new Map(),
): void {
  insertPage(doc, pagesOf(doc).length, pageId, strokes)
}

export function insertPage(
  doc: Y.Doc,
  index: number,
  pageId: string,
  strokes: ReadonlyMap<string, Uint8Array> = new Map(),
): void {
  const page: Page = new Y.Map()
  page.set(PAGE_ID, pageId)
  page.set(PAGE_STROKES, new Y.Map(strokes))
  pagesOf(doc).insert(index, [page])
}

/** Drops a page with all its strokes; answers whether there was one. */
export function dropPage(doc: Y.Doc, pageId: string): boolean {
  const index = indexOfPage(doc, pageId)
  if (index < 0) return false
  pagesOf(doc).delete(index, 1)
  return true
}

export function putStroke(page: Page, strokeId: string, stroke: Stroke): void {
  strokesOf(page)?.set(strokeId, encodeStroke(stroke))
}

export function removeStroke(page: Page, strokeId: string): void {
  strokesOf(page)?.delete(strokeId)
}

/** Encoded strokes of a page by id, as they lie in the document: a client's claim, not yet checked. */
export function rawStrokes(page: Page): Map<string, Uint8Array> {
  const raw = new Map<string, Uint8Array>()
  strokesOf(page)?.forEach((bytes, id) => {
    if (bytes instanceof Uint8Array) raw.set(id, bytes)
  })
  return raw
}

/** The readable strokes of a page in drawing order; what does not decode is left out. */
export function readStrokes(page: Page): IdentifiedStroke[] {
  const strokes: IdentifiedStroke[] = []
  for (const [id, bytes] of rawStrokes(page)) {
    const stroke = tryDecode(bytes)
    if (stroke) strokes.push({ id, stroke })
  }
  return strokes.sort(inDrawingOrder)
}

/** Orders strokes by the moment the pen went down, then by id. */
export function inDrawingOrder(a: IdentifiedStroke, b: IdentifiedStroke): number {
  return a.stroke.at - b.stroke.at || (a.id < b.id ? -1 : 1)
}

function tryDecode(bytes: Uint8Array): Stroke | null {
  try {
    return decodeStroke(bytes)
  } catch (error) {
    if (error instanceof StrokeCodecError) return null
    throw error
  }
}
