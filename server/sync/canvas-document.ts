import * as Y from 'yjs'
import {
  appendPage,
  currentPage,
  findPage,
  origins,
  pageIdOf,
  pagesOf,
  strokesOf,
} from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import type { Store } from '../storage/store.ts'
import { CanvasLimits } from './canvas-limits.ts'
import { type CarriedStroke, inspectUpdate, type InspectedUpdate, UpdateRefused } from './inspect-update.ts'
import { SaveQueue } from './save-queue.ts'

/** Who brings an update, and whether it was made just now (`live`) or comes with a first sync. */
export interface Bringer {
  readonly userId: string
  readonly live: boolean
}

export interface CanvasDocumentOptions {
  readonly store: Pick<Store, 'loadCanvas' | 'listCanvasClients' | 'appendCanvas' | 'snapshotCanvas'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly onSaved: (stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
}

/** The server's copy of a canvas: validated, attributed, saved. It exists only when its load succeeded. */
export class CanvasDocument {
  readonly doc: Y.Doc
  readonly saves: SaveQueue
  private readonly limits: CanvasLimits
  /** Drawers of strokes that the server itself wrote to a page, by stroke id. */
  private readonly rewritten = new Map<string, string>()
  private bringer: Bringer | null = null

  private constructor(
    readonly canvasId: string,
    doc: Y.Doc,
    private readonly clients: Map<number, string>,
    logged: { updates: number; bytes: number; position: number },
    options: CanvasDocumentOptions,
  ) {
    this.doc = doc
    this.limits = new CanvasLimits(doc)
    this.saves = new SaveQueue({ canvasId, doc, logged, ...options })
    doc.on('update', (update) => this.saves.add(update, this.bringer?.userId ?? null))
  }

  /** @throws what the store rejects with: a canvas that cannot be read is not opened blank. */
  static async load(canvasId: string, options: CanvasDocumentOptions): Promise<CanvasDocument> {
    const [stored, clients] = await Promise.all([
      options.store.loadCanvas(canvasId),
      options.store.listCanvasClients(canvasId),
    ])
    const doc = new Y.Doc({ gc: true })
    if (stored.snapshot) Y.applyUpdate(doc, stored.snapshot, origins.load)
    for (const update of stored.updates) Y.applyUpdate(doc, update, origins.load)
    const bytes = stored.updates.reduce((sum, update) => sum + update.byteLength, 0)
    const document = new CanvasDocument(
      canvasId,
      doc,
      new Map(clients.map(({ clientId, userId }) => [clientId, userId])),
      { updates: stored.updates.length, bytes, position: stored.position },
      options,
    )
    if (currentPage(doc) === null) document.edit(() => appendPage(doc, newId()))
    return document
  }

  /** A change by the server itself. */
  edit(change: (doc: Y.Doc) => void): void {
    this.doc.transact(() => change(this.doc), origins.server)
  }

  /**
   * Applies an editor's update, after checking it. Answers whether parts of it wait for updates that have not
   * arrived.
   * @throws UpdateRefused when nothing of it was applied.
   */
  apply(update: Uint8Array, bringer: Bringer, origin: unknown): { readonly waiting: boolean } {
    const inspected = inspectUpdate(update)
    const fresh = this.bind(inspected, bringer)
    if (this.saves.overloaded) throw new UpdateRefused('the canvas cannot be saved at the moment')
    this.limits.admit(update, inspected)
    const before = new Map([...inspected.clients.keys()].map((id) => [id, Y.getState(this.doc.store, id)]))
    if (fresh !== null) {
      this.clients.set(fresh, bringer.userId)
      this.saves.bind({ clientId: fresh, userId: bringer.userId })
    }
    this.bringer = bringer
    try {
      Y.applyUpdate(this.doc, update, origin)
    } finally {
      this.bringer = null
    }
    this.landStrays(inspected.strokes, before)
    return { waiting: this.doc.store.pendingStructs !== null }
  }

  /** Whether the document holds everything that the state vector names. @throws RangeError for bytes that are none. */
  covers(stateVector: Uint8Array): boolean {
    for (const [client, clock] of readStateVector(stateVector)) {
      if (Y.getState(this.doc.store, client) < clock) return false
    }
    return true
  }

  /** Resolves with whether the document covered the state vector within `ms`. */
  whenCovers(stateVector: Uint8Array, ms: number): Promise<boolean> {
    if (this.covers(stateVector)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (covered: boolean): void => {
        clearTimeout(timer)
        this.doc.off('update', check)
        resolve(covered)
      }
      const check = (): void => {
        if (this.covers(stateVector)) settle(true)
      }
      const timer = setTimeout(() => settle(false), ms)
      this.doc.on('update', check)
    })
  }

  /** The people known to have drawn the strokes of a page. */
  contributorsOf(pageId: string): string[] {
    const page = findPage(this.doc, pageId)
    const strokes = page && strokesOf(page)
    const people = new Set<string>()
    strokes?.forEach((_bytes, strokeId) => {
      const item = strokes._map.get(strokeId)
      const userId = this.rewritten.get(strokeId) ?? (item && this.clients.get(item.id.client))
      if (userId !== undefined) people.add(userId)
    })
    return [...people]
  }

  /** Ids of all pages, the current one last. */
  pageIds(): string[] {
    return pagesOf(this.doc).map((page) => (page instanceof Y.Map ? pageIdOf(page) : ''))
  }

  destroy(): void {
    this.saves.stop()
    this.doc.destroy()
  }

  /**
   * The client id that this update binds to its bringer: the single unknown one of a live update.
   * @throws UpdateRefused when a live update brings new content of a client id bound to somebody else.
   */
  private bind(inspected: InspectedUpdate, { userId, live }: Bringer): number | null {
    if (!live) return null
    let unknown: number | null = null
    for (const [clientId, { to }] of inspected.clients) {
      if (to <= Y.getState(this.doc.store, clientId)) continue
      const bound = this.clients.get(clientId)
      if (bound === undefined && inspected.clients.size === 1) unknown = clientId
      else if (bound !== undefined && bound !== userId) {
        throw new UpdateRefused('these strokes belong to somebody else')
      }
    }
    return unknown
  }

  /** A stroke whose page was dropped while it was on its way lands on the current page. */
  private landStrays(strokes: readonly CarriedStroke[], before: ReadonlyMap<number, number>): void {
    const strays = strokes.filter(
      ({ clientId, clock, strokeId, erased }) =>
        !erased &&
        strokeId !== null &&
        clock >= (before.get(clientId) ?? 0) &&
        clock < Y.getState(this.doc.store, clientId) &&
        !this.holds(strokeId),
    )
    const page = currentPage(this.doc)
    const target = page && strokesOf(page)
    if (strays.length === 0 || !target) return
    this.edit(() => {
      for (const { strokeId, bytes, clientId } of strays) {
        if (strokeId === null) continue
        target.set(strokeId, bytes)
        this.attribute(strokeId, this.clients.get(clientId))
      }
    })
  }

  /** Remembers who drew a stroke that the server writes in their place. */
  private attribute(strokeId: string, userId: string | undefined): void {
    if (userId === undefined) return
    this.rewritten.set(strokeId, userId)
    const oldest = this.rewritten.keys().next().value
    if (this.rewritten.size > 1_000 && oldest !== undefined) this.rewritten.delete(oldest)
  }

  private holds(strokeId: string): boolean {
    return pagesOf(this.doc)
      .toArray()
      .some((page) => page instanceof Y.Map && strokesOf(page)?.has(strokeId) === true)
  }
}

function readStateVector(bytes: Uint8Array): Map<number, number> {
  try {
    return Y.decodeStateVector(bytes)
  } catch (cause) {
    throw new RangeError('not a state vector', { cause })
  }
}
