import * as Y from 'yjs'
import {
  amendedStrokeOf,
  cutKey,
  encodeCut,
  encodeOffset,
  offsetKey,
  strokeIdOf,
  type Cut,
  type Offset,
} from './amend.ts'
import { encodeStroke } from './codec.ts'
import { PieceReader, type Piece } from './pieces.ts'
import type { IdentifiedStroke, Stroke } from './stroke.ts'

/*
 * The one place that names Yjs keys. A canvas document is
 *
 *   pages: Y.Array of page
 *   page:  Y.Map { id: string, strokes: Y.Map { stroke id -> Uint8Array (encodeStroke),
 *                                               <stroke id>.<suffix> -> Uint8Array (an amendment, see amend.ts) } }
 *
 * The last page of the array is the current one. A stroke is written once, whole, and never changed: moves and cuts lie
 * beside it. Clearing or labelling appends a page, and dropping an old page drops all its strokes at the price of one
 * tombstone.
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

/** The last page that can be drawn on: a client may have written things there that are none. */
export function currentPage(doc: Y.Doc): Page | null {
  const pages = pagesOf(doc).toArray()
  return pages.findLast((page) => pageIdOf(page) !== '' && strokesOf(page) !== null) ?? null
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

/** The page's identifier, or '' where a client wrote a page without one, or no page. */
export function pageIdOf(page: unknown): string {
  const id: unknown = page instanceof Y.Map ? page.get(PAGE_ID) : null
  return typeof id === 'string' ? id : ''
}

/** The strokes of a page, or null where a client wrote a page without any, or no page. */
export function strokesOf(page: unknown): PageStrokes | null {
  const strokes: unknown = page instanceof Y.Map ? page.get(PAGE_STROKES) : null
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

/** Removes a stroke with its amendments. */
export function removeStroke(page: Page, strokeId: string): void {
  removeStrokes(page, new Set([strokeId]))
}

/** Removes strokes with their amendments; answers whether any of them was there. */
export function removeStrokes(page: Page, strokeIds: ReadonlySet<string>): boolean {
  const strokes = strokesOf(page)
  const gone: string[] = []
  strokes?.forEach((_bytes, key) => {
    if (strokeIds.has(strokeIdOf(key))) gone.push(key)
  })
  for (const key of gone) strokes?.delete(key)
  return gone.length > 0
}

/** The item that a stroke was first written with: who erases one and takes that back writes it anew, and it stays its first writer's. */
export function firstItem(strokes: PageStrokes, key: string): Y.Item | undefined {
  let item = strokes._map.get(key)
  while (item?.left) item = item.left
  return item
}

/** Takes a stroke with its amendments from one page to another, where what is there already stays as it is. */
export function carryStroke(from: Page, to: Page, strokeId: string): void {
  const there = strokesOf(to)
  for (const [key, bytes] of rawStrokes(from)) {
    if (strokeIdOf(key) === strokeId && there?.has(key) === false) there.set(key, bytes)
  }
  removeStroke(from, strokeId)
}

/** Puts a stroke `offset` away from where it was drawn. */
export function moveStroke(page: Page, strokeId: string, offset: Offset): void {
  const strokes = strokesOf(page)
  if (strokes?.has(strokeId)) strokes.set(offsetKey(strokeId), encodeOffset(offset))
}

/** Takes a part of a stroke away; `cutId` sets it apart from other cuts of the same stroke. */
export function cutStroke(page: Page, strokeId: string, cutId: string, cut: Cut): void {
  const strokes = strokesOf(page)
  if (strokes?.has(strokeId)) strokes.set(cutKey(strokeId, cutId), encodeCut(cut))
}

/** Whether a page holds no stroke; amendments that outlived theirs do not count. */
export function isEmptyPage(page: Page): boolean {
  for (const key of strokesOf(page)?.keys() ?? []) if (amendedStrokeOf(key) === null) return false
  return true
}

/** What a page holds by key, strokes and amendments, as it lies in the document: a client's claim, not yet checked. */
export function rawStrokes(page: Page): Map<string, Uint8Array> {
  const raw = new Map<string, Uint8Array>()
  strokesOf(page)?.forEach((bytes, key) => {
    if (bytes instanceof Uint8Array) raw.set(key, bytes)
  })
  return raw
}

/** What shows of a page, in drawing order: its readable strokes, moved and cut as they are now. */
export function readStrokes(page: Page): Piece[] {
  const strokes = new PieceReader().read(rawStrokes(page))
  return strokes.flatMap(({ pieces }) => pieces).sort(inDrawingOrder)
}

/** Orders strokes by the moment the pen went down, then by id. */
export function inDrawingOrder(a: IdentifiedStroke, b: IdentifiedStroke): number {
  return a.stroke.at - b.stroke.at || (a.id < b.id ? -1 : 1)
}
