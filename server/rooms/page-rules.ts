import type * as Y from 'yjs'
import { amendedStrokeOf } from '../../shared/canvas/amend.ts'
import { MAX_PAGES_PER_CANVAS } from '../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  findPage,
  insertPage,
  isEmptyPage,
  origins,
  pageIdOf,
  pagesOf,
  rawStrokes,
  type Page,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import { isFull } from '../sync/canvas-ledger.ts'
import { pointCount } from '../sync/point-count.ts'

/** Pages turned without a label that keep their strokes, so that a clear can be undone. */
const KEPT_CLEARED = 8
/** Bytes of them that are kept; the newest ones are, whatever they have. */
const KEPT_BYTES = 48_000
const KEPT_ANYHOW = 2
/** Bytes of a document that is looked through for cleared pages. */
const TIDY_BYTES = 64_000

/** Pages that must stay, by id. */
type Held = Pick<ReadonlySet<string>, 'has'>

/** Drops a page whose drawing is stored; where it was the current one, a clean page follows it first. */
export function dropStoredPage(doc: Y.Doc, pageId: string, held: Held): void {
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
  // Who had not heard that a stroke was stored may have put it on another page since.
  const elsewhere = new Set(
    pagesOf(doc)
      .map((page) => [...rawStrokes(page).keys()])
      .flat(),
  )
  const back = new Map([...strokes].filter(([strokeId]) => !elsewhere.has(strokeId)))
  if (!current || isEmpty(current)) {
    appendPage(doc, pageId, back)
    if (current) dropPage(doc, pageIdOf(current))
  } else {
    insertPage(doc, count - 1, pageId, back)
  }
}

/** Whether a document of about `bytes` has so much on pages before the current one that some should go. */
export function needsTidying(doc: Y.Doc, bytes: number): boolean {
  const count = pagesOf(doc).length
  return count > MAX_PAGES_PER_CANVAS / 2 || (count > KEPT_ANYHOW + 1 && bytes > TIDY_BYTES)
}

/**
 * Drops empty pages before the current one, and the oldest of those that were cleared with strokes on them. Pages
 * that were filled and are not kept as drawings yet stay, and so do `held` ones.
 */
export function tidyPages(doc: Y.Doc, held: Held): void {
  const pages = pagesOf(doc)
  let cleared = 0
  let clearedBytes = 0
  for (let index = pages.length - 2; index >= 0; index--) {
    const page = pages.get(index)
    if (held.has(pageIdOf(page))) continue
    const { strokes, points, bytes } = weigh(page)
    if (isFull({ strokes, points })) continue
    if (strokes > 0) {
      clearedBytes += bytes
      cleared++
      const many = cleared > KEPT_CLEARED || clearedBytes > KEPT_BYTES
      if (cleared > KEPT_ANYHOW && many) pages.delete(index, 1)
    } else pages.delete(index, 1)
  }
}

/** Drops the oldest page before the current one that is neither filled nor `held`; answers whether there was one. */
export function dropOldestPage(doc: Y.Doc, held: Held): boolean {
  const pages = pagesOf(doc)
  for (let index = 0; index < pages.length - 1; index++) {
    const page = pages.get(index)
    if (held.has(pageIdOf(page)) || isFull(weigh(page))) continue
    doc.transact(() => pages.delete(index, 1), origins.server)
    return true
  }
  return false
}

function isEmpty(page: ReturnType<typeof currentPage>): boolean {
  return page === null || isEmptyPage(page)
}

function weigh(page: Page): { strokes: number; points: number; bytes: number } {
  let strokes = 0
  let points = 0
  let bytes = 0
  for (const [key, value] of rawStrokes(page)) {
    bytes += key.length + value.byteLength
    if (amendedStrokeOf(key) !== null) continue
    strokes++
    points += pointCount(value)
  }
  return { strokes, points, bytes }
}
