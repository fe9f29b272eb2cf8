import { IndexeddbPersistence } from 'y-indexeddb'
import type * as Y from 'yjs'
import { newId } from '../../shared/ids/id.ts'
import { inTime, localDb, removeDatabase, roomKey, type KeptCanvas, type LocalDb } from './local-db.ts'
import type { EncodedStroke } from './unsaved-strokes.ts'

/** Canvases that this device keeps a copy of, all people and rooms together. */
export const MAX_LOCAL_COPIES = 20
/** Bytes of strokes that this device keeps for the server, all canvases together. */
export const MAX_UNSAVED_BYTES = 4_000_000

const LOAD_MS = 5_000
/** Changes of the count of unsaved strokes, but for the first of them, are written at most so often, in ms. */
const COUNT_MS = 500

/** Where a copy is kept: on the device; nowhere but in memory; or nowhere, since the device is full of unsaved work. */
export type Keeping = 'device' | 'memory' | 'full'

export interface CopyPlace {
  readonly userId: string
  readonly projectId: string
  readonly canvasId: string
  readonly generation: number
}

/** A canvas's copy on this device: the document, who wrote to it from here, and strokes that wait for a document. */
export class LocalCopy {
  readonly #place: CopyPlace
  readonly #key: string
  readonly #onChange: () => void
  #db: LocalDb | null = null
  #row: KeptCanvas | null = null
  #persistence: IndexeddbPersistence | null = null
  #keeping: Keeping = 'memory'
  #writers = new Map<number, number>()
  #held: readonly EncodedStroke[] = []
  #othersBytes = 0
  #counted = { unsaved: 0, unsavedBytes: 0 }
  #timer: ReturnType<typeof setTimeout> | null = null
  #closed = false

  /** `onChange` is called when the copy can no longer be kept on the device. */
  constructor(place: CopyPlace, onChange: () => void) {
    this.#place = place
    this.#key = `${roomKey(place.userId, place.projectId)}/${place.canvasId}.${String(place.generation)}`
    this.#onChange = onChange
  }

  get keeping(): Keeping {
    return this.#keeping
  }
  /** Yjs client ids of earlier page loads with what the store has of each, oldest first. */
  get writers(): ReadonlyMap<number, number> {
    return this.#writers
  }
  /** What waited for a document when the copy was opened. */
  get held(): readonly EncodedStroke[] {
    return this.#held
  }
  /** How much of it waits for the server, as last noted. */
  get unsaved(): number {
    return this.#counted.unsaved
  }
  /** Bytes of unsaved strokes that this canvas may still come to. */
  get room(): number {
    return MAX_UNSAVED_BYTES - this.#othersBytes
  }

  /** Reads the copy into `doc` and goes on keeping it. Where the device keeps nothing, resolves just the same. */
  async load(doc: Y.Doc): Promise<void> {
    try {
      this.#db = await localDb()
      if (!this.#db) return
      this.#row = await this.#takePlace(this.#db)
      if (!this.#row) {
        this.#keeping = 'full'
        return
      }
      const writers = await this.#db.getAllFromIndex('writers', 'canvas', this.#key)
      this.#writers = new Map(writers.map(({ clientId, saved }) => [clientId, saved]))
      const held = await this.#db.getAllFromIndex('held', 'canvas', this.#key)
      this.#held = held.sort((a, b) => a.at - b.at).map(({ id, bytes }) => ({ id, bytes }))
      this.#counted = { unsaved: this.#row.unsaved, unsavedBytes: this.#row.unsavedBytes }
      this.#keeping = 'device'
      await this.#persist(this.#row.database, doc)
    } catch {
      this.#fail()
    }
  }

  /** Notes how far the store has what each of this device's writers wrote; those in `done` need no memory. */
  noteWriters(saved: ReadonlyMap<number, number>, done: ReadonlySet<number>): void {
    const news = [...saved].filter(([id, clock]) => !done.has(id) && this.#writers.get(id) !== clock)
    const gone = [...done].filter((id) => this.#writers.has(id))
    if (news.length === 0 && gone.length === 0) return
    for (const [id, clock] of news) this.#writers.set(id, clock)
    for (const id of gone) this.#writers.delete(id)
    this.#write(async (db) => {
      const { store, done: written } = db.transaction('writers', 'readwrite')
      await Promise.all([
        ...news.map(([clientId, clock]) => store.put({ canvas: this.#key, clientId, saved: clock })),
        ...gone.map((clientId) => store.delete([this.#key, clientId])),
        written,
      ])
    })
  }

  /** Keeps strokes that wait for a document. */
  hold(strokes: readonly EncodedStroke[]): void {
    if (strokes.length > 0) this.#write((db) => this.#putHeld(db, strokes))
  }

  /** Forgets held strokes, once the document they went into is on the device. */
  release(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#write(async (db) => {
      await this.#flushed()
      const { store, done } = db.transaction('held', 'readwrite')
      await Promise.all([...ids.map((id) => store.delete([this.#key, id])), done])
    })
  }

  /** How much of the canvas waits for the server, for the next page load and for the choice of what to drop. */
  noteUnsaved(unsaved: number, unsavedBytes: number): void {
    const before = this.#counted
    if (before.unsaved === unsaved && before.unsavedBytes === unsavedBytes) return
    this.#counted = { unsaved, unsavedBytes }
    if (before.unsaved === 0) this.#count()
    else this.#timer ??= setTimeout(() => this.#count(), COUNT_MS)
  }

  /** Starts over with an empty document, but for the strokes to hold: they are on the device before the old one goes. */
  async restart(doc: Y.Doc, held: readonly EncodedStroke[]): Promise<void> {
    const row = this.#row
    if (!this.#db || !row || this.#keeping !== 'device') return
    try {
      await this.#putHeld(this.#db, held)
      const next = { ...row, database: newDatabase() }
      this.#row = next
      const { store, done } = this.#db.transaction('canvases', 'readwrite')
      await Promise.all([store.put({ ...next, ...this.#counted }), done])
      await this.#letGo()
      void removeDatabase(row.database).catch(() => undefined)
      this.noteWriters(new Map(), new Set(this.#writers.keys()))
      await this.#persist(next.database, doc)
    } catch {
      this.#fail()
    }
  }

  /** Drops the copy with all that belongs to it. */
  async discard(): Promise<void> {
    const row = this.#row
    this.#row = null
    this.close()
    if (!this.#db || !row) return
    try {
      await this.#letGo()
      await dropCopy(this.#db, row)
    } catch {
      // What stays behind is dropped when its place is needed.
    }
  }

  close(): void {
    if (this.#timer !== null) this.#count()
    this.#closed = true
    void this.#letGo().catch(() => undefined)
  }

  async #takePlace(db: LocalDb): Promise<KeptCanvas | null> {
    const usedAt = Date.now()
    const { userId, projectId, canvasId, generation } = this.#place
    const room = roomKey(userId, projectId)
    const { store, done } = db.transaction('canvases', 'readwrite')
    const rows = await store.getAll()
    // What was deleted or replaced on the server must not flow back from here.
    const outdated = rows.filter(
      (row) => row.room === room && row.canvasId === canvasId && row.generation < generation,
    )
    const others = rows.filter((row) => row.key !== this.#key && !outdated.includes(row))
    this.#othersBytes = others.reduce((sum, { unsavedBytes }) => sum + unsavedBytes, 0)
    const known = rows.find(({ key }) => key === this.#key)
    const droppable = others.filter(({ unsaved }) => unsaved === 0).sort((a, b) => a.usedAt - b.usedAt)
    const tooMany = known ? 0 : Math.max(0, others.length + 1 - MAX_LOCAL_COPIES)
    const full = tooMany > droppable.length
    const row: KeptCanvas = known
      ? { ...known, usedAt }
      : {
          key: this.#key,
          room,
          canvasId,
          generation,
          database: newDatabase(),
          usedAt,
          unsaved: 0,
          unsavedBytes: 0,
        }
    if (!full) await store.put(row)
    await done
    for (const old of [...outdated, ...droppable.slice(0, full ? 0 : tooMany)]) await dropCopy(db, old)
    return full ? null : row
  }

  async #persist(database: string, doc: Y.Doc): Promise<void> {
    if (this.#closed) return
    const persistence = new IndexeddbPersistence(database, doc)
    this.#persistence = persistence
    await inTime(persistence.whenSynced, LOAD_MS)
    const db = persistence.db
    // A full disk shows as an aborted transaction; a deletion by another page load of this browser as a change of version.
    for (const event of ['abort', 'close', 'versionchange']) {
      db?.addEventListener(event, () => {
        if (persistence === this.#persistence) this.#fail()
      })
    }
  }

  /** Resolves once everything written to the document so far is on the device. */
  async #flushed(): Promise<void> {
    const db = this.#persistence?.db
    if (!db) throw new Error('no document is kept')
    await new Promise<void>((resolve, reject) => {
      const request = db.transaction('updates').objectStore('updates').count()
      request.onsuccess = () => resolve()
      request.onerror = () => reject(new Error('the document cannot be read back', { cause: request.error }))
    })
  }

  async #putHeld(db: LocalDb, strokes: readonly EncodedStroke[]): Promise<void> {
    const { store, done } = db.transaction('held', 'readwrite')
    const first = Date.now()
    await Promise.all([
      ...strokes.map(({ id, bytes }, i) =>
        store.put({ canvas: this.#key, id, bytes, at: first + i / 1_000 }),
      ),
      done,
    ])
  }

  #count(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const counted = this.#counted
    this.#write(async (db) => {
      if (this.#row) await db.put('canvases', { ...this.#row, ...counted })
    })
  }

  #write(work: (db: LocalDb) => Promise<void>): void {
    if (!this.#db || this.#keeping !== 'device' || this.#closed) return
    work(this.#db).catch(() => {
      if (!this.#closed) this.#fail()
    })
  }

  #fail(): void {
    void this.#letGo().catch(() => undefined)
    if (this.#closed) return
    this.#keeping = 'memory'
    this.#onChange()
  }

  async #letGo(): Promise<void> {
    const persistence = this.#persistence
    this.#persistence = null
    await persistence?.destroy()
  }
}

/** Drops what this device keeps of a canvas. @throws where its storage fails */
export async function dropCopy(db: LocalDb, { key, database }: KeptCanvas): Promise<void> {
  const stores = db.transaction(['canvases', 'writers', 'held'], 'readwrite')
  await stores.objectStore('canvases').delete(key)
  for (const name of ['writers', 'held'] as const) {
    const store = stores.objectStore(name)
    for (const row of await store.index('canvas').getAllKeys(key)) await store.delete(row)
  }
  await stores.done
  void removeDatabase(database).catch(() => undefined)
}

function newDatabase(): string {
  return `trainboard.canvas.${newId()}`
}
