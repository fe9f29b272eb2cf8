import type { CanvasInfo, User } from '../../shared/protocol/entities.ts'
import { MAX_CANVASES } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { newId } from '../../shared/ids/id.ts'
import type { CanvasRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { CanvasDocument, CanvasDocumentOptions } from '../sync/canvas-document.ts'
import { isFull } from '../sync/canvas-ledger.ts'
import { Documents, type Lease } from '../sync/documents.ts'
import { cleanCanvas } from '../sync/first-page.ts'
import { FanOut } from '../sync/fan-out.ts'
import type { HeldPages } from '../sync/held-pages.ts'
import { CanvasView, type PageChange } from './canvas-view.ts'
import { needsTidying, tidyPages } from './page-rules.ts'
import type { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics } from './ports.ts'

/** How long a document stays in memory after its last use. */
const IDLE_MS = 20_000

/** A canvas whose document is in memory. */
export interface LiveCanvas {
  readonly view: CanvasView
  readonly fanOut: FanOut
  /** Pages that a command works on, which must not be tidied away. */
  readonly held: HeldPages
}

export interface CanvasEvents {
  /** Committed strokes of the current page changed. */
  changed(canvasId: string, change: PageChange, view: CanvasView): void
  saved(canvasId: string, stateVector: Uint8Array, userIds: readonly string[]): void
  /** A page was drawn full; another one follows it. */
  filled(canvasId: string, pageId: string): void
  /** Pages came from the store, or from somebody who was away. */
  brought(canvasId: string, pageIds: readonly string[]): void
  opened(view: CanvasView): void
  closed(canvasId: string): void
}

export interface CanvasesOptions {
  readonly projectId: string
  readonly store: Pick<Store, 'putCanvas' | 'resetCanvas'> & CanvasDocumentOptions['store']
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** Whether the server has memory for another document. */
  readonly hasPlace?: (() => boolean) | undefined
  /** What the canvases of all rooms hold unsaved, in bytes. */
  readonly unsaved?: Budget | undefined
  readonly events: CanvasEvents
}

/** The canvases of a room: their records, and the documents of those in use. */
export class Canvases {
  private readonly records = new Map<string, CanvasRecord>()
  private readonly live = new Map<string, LiveCanvas>()
  private readonly creating = new Map<string, Promise<CanvasRecord>>()
  readonly documents: Documents

  constructor(
    private readonly options: CanvasesOptions,
    records: readonly CanvasRecord[],
  ) {
    for (const record of records) if (!record.deleted) this.records.set(record.id, record)
    const { store, log, clock, metrics, hasPlace, unsaved, events } = options
    this.documents = new Documents({
      store,
      log,
      clock,
      metrics,
      idleMs: IDLE_MS,
      hasPlace,
      unsaved,
      onLoaded: (document) => this.begin(document),
      onUnloaded: (canvasId) => this.end(canvasId),
      onFilled: (canvasId, pageId) => events.filled(canvasId, pageId),
      onBrought: (canvasId, pageIds) => events.brought(canvasId, pageIds),
      onSaved: (canvasId, stateVector, userIds) => events.saved(canvasId, stateVector, [...userIds]),
    })
  }

  list(): CanvasInfo[] {
    return [...this.records.values()].map(toCanvasInfo)
  }

  find(canvasId: string): CanvasInfo | null {
    return this.records.get(canvasId) ?? null
  }

  /** @throws AppError `unknown-canvas` */
  get(canvasId: string): CanvasInfo {
    const record = this.records.get(canvasId)
    if (!record) throw new AppError('unknown-canvas', `There is no canvas ${canvasId} in this room`)
    return record
  }

  ownOf(userId: string): CanvasInfo | null {
    for (const record of this.records.values()) if (record.ownerId === userId) return record
    return null
  }

  /** The canvas of somebody's own, made when there is none; null when the room has no place for another. */
  async ensureOwn(
    user: User,
    openTo: CanvasInfo['openTo'],
  ): Promise<{ canvas: CanvasInfo; made: boolean } | null> {
    const known = this.ownOf(user.id)
    if (known) return { canvas: known, made: false }
    const under = this.creating.get(user.id)
    if (under) return { canvas: await under, made: false }
    if (this.records.size + this.creating.size >= MAX_CANVASES) {
      this.options.metrics?.refused('canvases')
      return null
    }
    const made = this.create(user.name, user.id, openTo)
    this.creating.set(user.id, made)
    try {
      return { canvas: toCanvasInfo(await made), made: true }
    } finally {
      this.creating.delete(user.id)
    }
  }

  /** @throws AppError `full` */
  async createShared(name: string): Promise<CanvasInfo> {
    if (this.records.size + this.creating.size >= MAX_CANVASES) {
      this.options.metrics?.refused('canvases')
      throw new AppError('full', `A room has at most ${String(MAX_CANVASES)} canvases`)
    }
    return toCanvasInfo(await this.create(name, null, 'all'))
  }

  /** Who may draw on people's own canvases changed: stored for each before it holds. */
  async openOwnTo(openTo: CanvasInfo['openTo']): Promise<void> {
    for (const record of [...this.records.values()]) {
      if (record.ownerId === null || record.openTo === openTo) continue
      const changed = { ...record, openTo }
      await this.options.store.putCanvas(changed)
      this.records.set(record.id, changed)
    }
  }

  /**
   * Empties a canvas for good: it begins anew in the next generation, and nothing that is not stored by now comes back.
   * @throws AppError `unknown-canvas`, and what the store rejects with
   */
  async reset(canvasId: string): Promise<CanvasInfo> {
    this.get(canvasId)
    await this.documents.replace(canvasId, async () => {
      this.records.set(canvasId, await this.options.store.resetCanvas(canvasId, cleanCanvas()))
    })
    const view = this.viewOf(canvasId)
    if (view) {
      const { pageId } = view
      this.options.events.changed(canvasId, { pageId, turned: true, added: [], removed: [] }, view)
    }
    return toCanvasInfo(this.get(canvasId))
  }

  /**
   * Brings the canvas's document into memory for as long as the lease lasts.
   * @throws AppError `unknown-canvas`, `unavailable` when it cannot be read or has no place in memory
   */
  async use(canvasId: string): Promise<Lease & { readonly canvas: LiveCanvas }> {
    this.get(canvasId)
    const lease = await this.lease(canvasId)
    const canvas = this.live.get(canvasId)
    if (!canvas) {
      lease.release()
      throw new AppError('unavailable', 'The canvas is being closed')
    }
    return { ...lease, canvas }
  }

  /** The view of a canvas that is in memory. */
  viewOf(canvasId: string): CanvasView | null {
    return this.live.get(canvasId)?.view ?? null
  }

  /** Views with ink in progress. */
  busyViews(): CanvasView[] {
    return [...this.live.values()].flatMap(({ view }) => (view.busy ? [view] : []))
  }

  stop(): void {
    for (const canvasId of [...this.live.keys()]) this.end(canvasId)
    this.documents.destroy()
  }

  private async lease(canvasId: string): Promise<Lease> {
    try {
      return await this.documents.use(canvasId)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      this.options.log.error({ err: cause, canvasId }, 'a canvas could not be read')
      throw new AppError('unavailable', 'The canvas cannot be read at the moment', { cause })
    }
  }

  private async create(
    name: string,
    ownerId: string | null,
    openTo: CanvasInfo['openTo'],
  ): Promise<CanvasRecord> {
    const { projectId, store, clock } = this.options
    const record: CanvasRecord = {
      id: newId(),
      projectId,
      generation: 1,
      ownerId,
      name,
      openTo,
      createdAt: clock.now(),
      deleted: false,
    }
    await store.putCanvas(record)
    this.records.set(record.id, record)
    return record
  }

  private begin(document: CanvasDocument): void {
    const { canvasId, doc, held } = document
    const { events, clock } = this.options
    const view: CanvasView = new CanvasView(canvasId, doc, clock, (change) => {
      events.changed(canvasId, change, view)
      if (change.turned && needsTidying(doc, document.ledger.bytes))
        document.edit(() => tidyPages(doc, held.untidied))
    })
    this.live.set(canvasId, { view, fanOut: new FanOut(doc), held })
    events.opened(view)
    // Those that could not be kept as drawings when they were drawn full.
    for (const [pageId, count] of document.ledger.ofPages()) {
      if (isFull(count) && pageId !== view.pageId) events.filled(canvasId, pageId)
    }
    events.brought(canvasId, document.pageIds())
  }

  private end(canvasId: string): void {
    const canvas = this.live.get(canvasId)
    if (!canvas) return
    this.live.delete(canvasId)
    canvas.view.stop()
    canvas.fanOut.stop()
    this.options.events.closed(canvasId)
  }
}

export function toCanvasInfo({ id, generation, ownerId, name, openTo }: CanvasInfo): CanvasInfo {
  return { id, generation, ownerId, name, openTo }
}
