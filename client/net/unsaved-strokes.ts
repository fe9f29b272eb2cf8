import * as Y from 'yjs'
import {
  currentPage,
  findPage,
  firstItem,
  pageIdOf,
  pagesOf,
  strokesOf,
  type Page,
  type PageStrokes,
} from '../../shared/canvas/schema.ts'

/** A stroke as the document holds it: `encodeStroke` bytes. */
export interface EncodedStroke {
  readonly id: string
  readonly bytes: Uint8Array
}

/** A stroke to be put on another page. */
export interface Stray extends EncodedStroke {
  readonly from: Page | null
  readonly to: Page | null
}

/** Something I wrote among the strokes of a page: a stroke, or (`bytes` null) a change of one. */
interface Unsaved {
  readonly id: string
  readonly bytes: Uint8Array | null
  readonly pageId: string
  readonly client: number
  /** The writer's clock after it: a state vector that has come so far covers it. */
  readonly clock: number
  /** The page was turned by me (a label, a clean page), or under my eyes: it is where it belongs. */
  left: boolean
}

/**
 * What this device wrote among the strokes of a document and no acknowledged state vector covers: under the document's
 * own client id, and under those of earlier page loads that `resume` names. Bounded by the document's own limits: a
 * stroke leaves with its acknowledgement, its erasure or the document.
 */
export class UnsavedStrokes {
  readonly #doc: Y.Doc
  readonly #byId = new Map<string, Unsaved>()
  /** How far the server's store has what each writer wrote. */
  readonly #saved = new Map<number, number>()
  /** Acknowledgements that came while there was no connection. */
  readonly #heard = new Map<number, number>()
  #live = true

  constructor(doc: Y.Doc) {
    this.#doc = doc
    this.#saved.set(doc.clientID, 0)
    pagesOf(doc).observeDeep((events, transaction) => {
      if (!transaction.local) {
        if (this.#live && events.some(({ target }) => target === pagesOf(doc))) this.#leavePages()
        return
      }
      for (const event of events as Y.YEvent<Y.AbstractType<unknown>>[]) {
        const page = event.target.parent
        if (event.target instanceof Y.Map && page instanceof Y.Map) this.#note(event, page as Page)
        if (event.target === pagesOf(doc)) this.#pagesTurned(event)
      }
    })
  }

  get count(): number {
    return this.#byId.size
  }
  has(strokeId: string): boolean {
    return this.#byId.has(strokeId)
  }
  /** Bytes of the strokes among it. */
  get bytes(): number {
    let sum = 0
    for (const { bytes } of this.#byId.values()) sum += bytes?.byteLength ?? 0
    return sum
  }
  /** The writers that this device was, the document's own among them, and how far the store has what each wrote. */
  get saved(): ReadonlyMap<number, number> {
    return this.#saved
  }

  /**
   * Whether the server hears at once of what I write. While it does not, acknowledgements wait, since a document that
   * heard of a dropped page knows of what I drew on it by its clock alone: the strays are to be taken first.
   */
  set live(live: boolean) {
    this.#live = live
    if (!live) return
    for (const [client, saved] of this.#heard) this.#noteSavedOf(client, saved)
    this.#heard.clear()
    this.settle()
  }

  /** Writers whose every word the store has, so that nothing of them needs to be remembered. */
  settledWriters(): ReadonlySet<number> {
    const settled = new Set<number>()
    for (const [client, saved] of this.#saved) {
      if (Y.getState(this.#doc.store, client) <= saved) settled.add(client)
    }
    return settled
  }

  /** Takes up, in a document read from this device, what earlier page loads wrote and nobody acknowledged. */
  resume(writers: ReadonlyMap<number, number>): void {
    for (const [client, saved] of writers) {
      this.#saved.set(client, Math.max(saved, this.#saved.get(client) ?? 0))
    }
    let leftBefore = false
    for (const page of pagesOf(this.#doc).toArray().reverse()) {
      strokesOf(page)?._map.forEach((item, id) => {
        const { client } = item.id
        const saved = this.#saved.get(client)
        const clock = item.id.clock + item.length
        if (item.deleted || saved === undefined || clock <= saved) return
        const value: unknown = strokesOf(page)?.get(id)
        const bytes = value instanceof Uint8Array ? value : null
        this.#byId.set(id, { id, bytes, pageId: pageIdOf(page), client, clock, left: leftBefore })
      })
      const maker = page._item?.id.client
      if (maker !== undefined && this.#saved.has(maker)) leftBefore = true
    }
  }

  /** Answers whether anything changed. Bytes that are no state vector change nothing. */
  noteSaved(stateVector: Uint8Array): boolean {
    const before = this.#byId.size
    const store = clocksOf(stateVector)
    for (const client of this.#saved.keys()) {
      const saved = store.get(client) ?? 0
      if (this.#live) this.#noteSavedOf(client, saved)
      else this.#heard.set(client, Math.max(saved, this.#heard.get(client) ?? 0))
    }
    this.settle()
    return this.#byId.size !== before
  }

  #noteSavedOf(client: number, saved: number): void {
    this.#saved.set(client, Math.max(saved, this.#saved.get(client) ?? 0))
  }

  settle(): void {
    for (const [id, { client, clock }] of this.#byId) {
      if (clock <= (this.#saved.get(client) ?? 0)) this.#byId.delete(id)
    }
  }

  strokes(): readonly EncodedStroke[] {
    return [...this.#byId.values()].flatMap(({ id, bytes }) => (bytes ? [{ id, bytes }] : []))
  }

  /**
   * Strokes that came to lie where nobody looks: their page is gone, or somebody else turned it while I was away, before
   * a server that had come as far as `had` knew of them. `from`: the page they lie on now, if any; `to`: the page of the
   * same name that came back since, null for the current one.
   */
  strays(had: ReadonlyMap<number, number>): readonly Stray[] {
    const current = currentPage(this.#doc)
    return [...this.#byId.values()].flatMap(({ id, bytes, pageId, left, client, clock }): Stray[] => {
      if (bytes === null || clock <= (had.get(client) ?? 0)) return []
      const page = findPage(this.#doc, pageId)
      if (page === null) return [{ id, bytes, from: null, to: null }]
      const strokes = strokesOf(page)
      const lies = strokes?.has(id) === true
      // One that was there before, erased and brought back by me, stays where others saw it.
      if (lies && (left || page === current || isKnown(firstItem(strokes, id), had))) return []
      if (lies) return [{ id, bytes, from: page, to: null }]
      return wentWithPage(this.#doc, client, clock - 1)
        ? [{ id, bytes, from: null, to: left ? page : null }]
        : []
    })
  }

  /** The strays that lie nowhere any more; they are the caller's to keep from here on. */
  takeLost(had: ReadonlyMap<number, number>): readonly EncodedStroke[] {
    const lost = this.strays(had).filter(({ from }) => from === null)
    for (const { id } of lost) this.#byId.delete(id)
    return lost.map(({ id, bytes }) => ({ id, bytes }))
  }

  #note(event: Y.YEvent<Y.AbstractType<unknown>>, page: Page): void {
    const strokes = strokesOf(page)
    if (strokes === null || event.target !== strokes) return
    const pageId = pageIdOf(page)
    for (const [id, { action }] of event.changes.keys) {
      if (action !== 'delete') this.#add(id, strokes, pageId)
      else if (this.#byId.get(id)?.pageId === pageId) this.#byId.delete(id)
    }
  }

  #add(id: string, strokes: PageStrokes, pageId: string): void {
    const value: unknown = strokes.get(id)
    const bytes = value instanceof Uint8Array ? value : null
    const client = this.#doc.clientID
    const item = strokes._map.get(id)
    const clock = item ? item.id.clock + item.length : Y.getState(this.#doc.store, client)
    this.#byId.set(id, { id, bytes, pageId, client, clock, left: false })
  }

  #pagesTurned(event: Y.YEvent<Y.AbstractType<unknown>>): void {
    // What a page holds from its first moment on makes no event of its own.
    for (const { content } of event.changes.added) {
      for (const page of content.getContent()) {
        if (!(page instanceof Y.Map)) continue
        const strokes = strokesOf(page)
        strokes?.forEach((_bytes, id) => this.#add(id, strokes, pageIdOf(page)))
      }
    }
    this.#leavePages()
  }

  #leavePages(): void {
    const current = currentPage(this.#doc)
    const here = current ? pageIdOf(current) : null
    for (const one of this.#byId.values()) one.left = one.pageId !== here
  }
}

/** Whether what was written there went because its page did, rather than being erased by itself. */
function wentWithPage(doc: Y.Doc, client: number, clock: number): boolean {
  const struct: unknown = Y.getItem(doc.store, Y.createID(client, clock))
  // What a page takes along leaves nothing behind, but for what can still be undone.
  if (!(struct instanceof Y.Item)) return true
  let { parent } = struct
  while (parent instanceof Y.AbstractType && parent._item) {
    if (parent._item.deleted) return true
    parent = parent._item.parent
  }
  return false
}

function isKnown(item: Y.Item | undefined, had: ReadonlyMap<number, number>): boolean {
  return item !== undefined && item.id.clock < (had.get(item.id.client) ?? 0)
}

function clocksOf(stateVector: Uint8Array): Map<number, number> {
  try {
    return Y.decodeStateVector(stateVector)
  } catch {
    return new Map()
  }
}
