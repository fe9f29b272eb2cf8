import * as Y from 'yjs'
import { MAX_POINTS_PER_PAGE, MAX_STROKES_PER_PAGE } from '../../shared/canvas/limits.ts'
import { pageIdOf, pagesOf, strokesOf, type Page } from '../../shared/canvas/schema.ts'
import { idText } from './inspect-update.ts'
import { pointCount } from './point-count.ts'

/** What lies on a page now. */
export interface PageCount {
  readonly strokes: number
  readonly points: number
  readonly amendments: number
  /** Of strokes and amendments, without what the document adds to them. */
  readonly bytes: number
}

interface Entry {
  readonly points: number
  readonly bytes: number
}

interface CountedPage {
  count: PageCount
  readonly entries: Map<string, Entry>
  readonly mapId: string | null
}

/** Least bytes an item adds to its key and content in an encoded document. */
const ITEM_BYTES = 6
const NOTHING: PageCount = { strokes: 0, points: 0, amendments: 0, bytes: 0 }

/**
 * Counts what a document holds, kept up to date with each transaction at the price of what it changed. `bytes` is
 * never less than the encoded document: updates add their own length, what is erased takes off its content alone,
 * and whenever somebody encodes the document anyway, the true length is told with `calibrate`.
 */
export class CanvasLedger {
  private readonly pages = new Map<Page, CountedPage>()
  private readonly byMap = new Map<string, CountedPage>()
  private total: number

  /** `bytes`: an upper bound of the encoded document as it is. */
  constructor(
    private readonly doc: Y.Doc,
    bytes: number,
  ) {
    this.total = bytes
    this.syncPages()
    // The first count is no change.
    this.total = bytes
    doc.on('update', (update) => {
      this.total += update.byteLength
    })
    doc.on('afterTransaction', (transaction) => this.follow(transaction.changed))
  }

  get bytes(): number {
    return this.total
  }

  get pageCount(): number {
    return this.pages.size
  }

  /** What is on the page that holds this map of strokes; null for a map of no page. */
  ofMap(mapId: string): PageCount | null {
    return this.byMap.get(mapId)?.count ?? null
  }

  /** The map of strokes that an item of a key lies in, and whether the key has a value now; null for none. */
  placeOf(id: Y.ID): { readonly mapId: string; readonly taken: boolean } | null {
    if (id.clock >= Y.getState(this.doc.store, id.client)) return null
    const item: unknown = Y.getItem(this.doc.store, id)
    const map = item instanceof Y.Item && item.parent instanceof Y.Map ? item.parent : null
    if (!map?._item || !(item instanceof Y.Item) || item.parentSub === null) return null
    return { mapId: idText(map._item.id), taken: map.has(item.parentSub) }
  }

  /** By page id. */
  ofPages(): Map<string, PageCount> {
    return new Map([...this.pages].map(([page, { count }]) => [pageIdOf(page), count]))
  }

  /** Whether the current page has reached a limit, so that drawing goes on on another one. */
  get full(): boolean {
    const last = [...this.pages.keys()].at(-1)
    const count = last && this.pages.get(last)?.count
    return count ? isFull(count) : false
  }

  calibrate(encodedBytes: number): void {
    this.total = encodedBytes
  }

  private follow(changed: ReadonlyMap<unknown, ReadonlySet<string | null>>): void {
    const root = pagesOf(this.doc)
    if (changed.has(root)) this.syncPages()
    for (const [type, keys] of changed) {
      if (!(type instanceof Y.Map)) continue
      const page: Page = type
      if (this.pages.has(page)) this.remeasure(page)
      else this.followKeys(type, keys)
    }
  }

  private followKeys(strokes: Y.Map<unknown>, keys: ReadonlySet<string | null>): void {
    const id = strokes._item?.id
    const counted = id && this.byMap.get(idText(id))
    if (!counted) return
    for (const key of keys) if (key !== null) this.put(counted, key, strokes.get(key))
  }

  /** Pages in their order, which the newest page is the last of. */
  private syncPages(): void {
    const present = pagesOf(this.doc).toArray()
    const before = new Map(this.pages)
    this.pages.clear()
    for (const page of present) {
      if (!(page instanceof Y.Map)) continue
      this.pages.set(page, before.get(page) ?? this.measure(page))
      before.delete(page)
    }
    for (const gone of before.values()) this.forget(gone)
  }

  private remeasure(page: Page): void {
    const before = this.pages.get(page)
    const id = strokesOf(page)?._item?.id
    if (!before || before.mapId === (id ? idText(id) : null)) return
    this.forget(before)
    this.pages.set(page, this.measure(page))
  }

  private measure(page: Page): CountedPage {
    const strokes = strokesOf(page)
    const id = strokes?._item?.id
    const counted: CountedPage = { count: NOTHING, entries: new Map(), mapId: id ? idText(id) : null }
    strokes?.forEach((value, key) => this.put(counted, key, value))
    if (counted.mapId !== null) this.byMap.set(counted.mapId, counted)
    return counted
  }

  private forget({ count, entries, mapId }: CountedPage): void {
    if (mapId !== null) this.byMap.delete(mapId)
    this.total -= count.bytes
    for (const key of entries.keys()) this.total -= key.length + ITEM_BYTES
  }

  private put(page: CountedPage, key: string, value: unknown): void {
    const before = page.entries.get(key)
    const bytes = value instanceof Uint8Array ? value.byteLength : 0
    const amends = key.includes('.')
    const now = value === undefined ? undefined : { bytes, points: amends ? 0 : pointCount(value) }
    if (now) page.entries.set(key, now)
    else page.entries.delete(key)
    if (before) this.total -= before.bytes
    const more = Number(now !== undefined) - Number(before !== undefined)
    const { strokes, points, amendments, bytes: held } = page.count
    page.count = {
      strokes: strokes + (amends ? 0 : more),
      amendments: amendments + (amends ? more : 0),
      points: points + (now?.points ?? 0) - (before?.points ?? 0),
      bytes: held + bytes - (before?.bytes ?? 0),
    }
  }
}

/** Whether a page has reached a limit. */
export function isFull({ strokes, points }: Pick<PageCount, 'strokes' | 'points'>): boolean {
  return strokes >= MAX_STROKES_PER_PAGE || points >= MAX_POINTS_PER_PAGE
}
