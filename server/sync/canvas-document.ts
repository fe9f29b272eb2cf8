import * as Y from 'yjs'
import { appendPage, currentPage, origins, pageIdOf, pagesOf } from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import type { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import { inSlices } from '../ops/slices.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import { dropOldestPage } from '../rooms/page-rules.ts'
import type { CanvasClient, CanvasLog } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { CanvasClients, type Bringer } from './canvas-clients.ts'
import { CanvasLedger } from './canvas-ledger.ts'
import { addedBytes, bytesRefused, checkPages, fits, type Known } from './canvas-limits.ts'
import { FIRST_PAGE_CLIENT, firstPage } from './first-page.ts'
import { HeldPages } from './held-pages.ts'
import { inspectUpdate, type InspectedUpdate, UpdateRefused } from './inspect-update.ts'
import { joined } from './joined-updates.ts'
import { LandedStrokes } from './landed-strokes.ts'
import { step2Message, step2MessageOf } from './messages.ts'
import { bringsAnythingNew, checkHalfKnown } from './novelty.ts'
import { OnePage } from './one-page.ts'
import { overlookedBy } from './overlooked-strokes.ts'
import { SaveQueue } from './save-queue.ts'
import { PART_BYTES, splitUpdate } from './split-update.ts'
import { applyStored } from './stored-document.ts'
import { WaitingParts } from './waiting-parts.ts'

/** How long an encoded document is kept for the next one who asks, in ms. */
const ENCODED_MS = 5_000
/** Pages that give way, oldest first, for one update that does not fit. */
const MAX_DROPPED = 3

export interface CanvasDocumentOptions {
  readonly store: Pick<Store, 'loadCanvas' | 'listCanvasClients' | 'appendCanvas' | 'snapshotCanvas'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** What the canvases of all rooms hold unsaved, in bytes. */
  readonly unsaved?: Budget | undefined
  readonly onSaved: (stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
  /** A page has reached a limit, so that another one follows it. */
  readonly onFilled: (pageId: string) => void
  /** Pages came with a first sync. */
  readonly onBrought: (pageIds: readonly string[]) => void
}

/** Whether parts of an update wait for updates that have not arrived. */
export interface Applied {
  readonly waiting: boolean
}

/** The server's copy of a canvas: validated, attributed, saved. It exists only when its load succeeded. */
export class CanvasDocument {
  readonly saves: SaveQueue
  readonly ledger: CanvasLedger
  /** Pages that a command works on, or will, which must not be dropped to make room. */
  readonly held = new HeldPages()
  private readonly clients: CanvasClients
  private readonly landed: LandedStrokes
  private readonly onePage: OnePage
  private readonly waiting: WaitingParts
  private bringer: Bringer | null = null
  private encoded: { readonly state: Uint8Array; readonly message: Uint8Array } | null = null
  private forgetting: NodeJS.Timeout | null = null
  /** What is applied in slices, one after the other: together they keep to the limits as each of them does. */
  private slicing: Promise<unknown> = Promise.resolve()
  private readonly known: Known = (clientId) => Y.getState(this.doc.store, clientId)

  private constructor(
    readonly canvasId: string,
    readonly doc: Y.Doc,
    { snapshot, updates, position }: CanvasLog,
    clients: readonly CanvasClient[],
    private readonly options: CanvasDocumentOptions,
  ) {
    const bytes = updates.reduce((sum, update) => sum + update.byteLength, 0)
    this.ledger = new CanvasLedger(doc, bytes + (snapshot?.byteLength ?? 0))
    this.clients = new CanvasClients(clients)
    this.landed = new LandedStrokes(doc, (clientId) => this.clients.drawerOf(clientId))
    this.onePage = new OnePage(doc, this.held, (clientId) => this.clients.drawerOf(clientId))
    this.waiting = new WaitingParts(doc)
    const logged = { updates: updates.length, bytes, position }
    this.saves = new SaveQueue({ canvasId, doc, logged, fullState: () => this.fullState(), ...options })
    doc.on('update', (update) => {
      this.forget()
      this.saves.add(update, this.bringer?.userId ?? null)
    })
  }

  /** @throws what the store rejects with: a canvas that cannot be read is not opened blank. */
  static async load(canvasId: string, options: CanvasDocumentOptions): Promise<CanvasDocument> {
    const [stored, clients] = await Promise.all([
      options.store.loadCanvas(canvasId),
      options.store.listCanvasClients(canvasId),
    ])
    const doc = new Y.Doc({ gc: true })
    await inSlices(applyStored(doc, stored))
    const document = new CanvasDocument(canvasId, doc, stored, clients, options)
    if (currentPage(doc) === null) document.begin()
    document.held.awaitLabels(document.pageIds())
    return document
  }

  /** A change by the server itself. */
  edit(change: (doc: Y.Doc) => void): void {
    this.doc.transact(() => change(this.doc), origins.server)
  }

  /**
   * Applies an editor's update, after checking it.
   * @throws UpdateRefused when nothing of it was applied.
   */
  apply(update: Uint8Array, bringer: Bringer, origin: unknown): Applied {
    const inspected = inspectUpdate(update)
    if (this.admit(inspected, update.byteLength, bringer)) {
      this.take(update, inspected, bringer, origin)
      this.onePage.keep(inspected)
    }
    return this.applied()
  }

  /** Whether an update is so long that it has to be applied in slices. */
  isLong(update: Uint8Array): boolean {
    return update.byteLength > PART_BYTES
  }

  /**
   * As `apply`, for an update of any length: it is read in parts, checked as a whole and applied in parts, between
   * which others go on. Ends early once it is not `wanted` any more.
   */
  applyInSlices(
    update: Uint8Array,
    bringer: Bringer,
    origin: unknown,
    wanted: () => boolean,
  ): Promise<Applied> {
    const applied = this.slicing.then(() => inSlices(this.applyParts(update, bringer, origin, wanted)))
    this.slicing = applied.catch(() => undefined)
    return applied
  }

  /** What the document has beyond a state vector, as a message. @throws where the bytes are no state vector */
  answer(stateVector: Uint8Array): Uint8Array {
    const answered = (): Uint8Array => this.waiting.leaveOut(() => step2Message(this.doc, stateVector))
    if (Y.decodeStateVector(stateVector).size > 0) return answered()
    this.fullState()
    return this.encoded?.message ?? answered()
  }

  /** The whole document, encoded once for all who ask until it changes. */
  fullState(): Uint8Array {
    if (!this.encoded) {
      const state = this.waiting.leaveOut(() => Y.encodeStateAsUpdate(this.doc))
      this.encoded = { state, message: step2MessageOf(state) }
      this.ledger.calibrate(state.byteLength)
      this.forgetting = setTimeout(() => this.forget(), ENCODED_MS).unref()
    }
    return this.encoded.state
  }

  /** Whether the document holds everything that the state vector names. @throws RangeError for bytes that are none. */
  covers(stateVector: Uint8Array): boolean {
    for (const [client, clock] of readStateVector(stateVector)) if (this.known(client) < clock) return false
    return true
  }

  /** Resolves with whether the document covered the state vector within `ms`. */
  whenCovers(stateVector: Uint8Array, ms: number): Promise<boolean> {
    if (this.covers(stateVector)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (covered: boolean): void => {
        clearTimeout(timer)
        this.doc.off('update', check)
        this.doc.off('destroy', gone)
        resolve(covered)
      }
      const check = (): void => {
        if (this.covers(stateVector)) settle(true)
      }
      const gone = (): void => settle(false)
      const timer = setTimeout(gone, ms)
      this.doc.on('update', check)
      this.doc.on('destroy', gone)
    })
  }

  /** The people known to have drawn the strokes of a page. */
  contributorsOf(pageId: string): string[] {
    return this.landed.contributorsOf(pageId)
  }

  /** Who drew the strokes of a page, by stroke id, as far as it is known. */
  drawersOf(pageId: string): ReadonlyMap<string, string> {
    return this.landed.drawersOf(pageId)
  }

  /** A stroke that the server itself put elsewhere stays its drawer's. */
  attribute(strokeId: string, userId: string | undefined): void {
    this.landed.attribute(strokeId, userId)
  }

  /** Ids of all pages, the current one last. */
  pageIds(): string[] {
    return pagesOf(this.doc).map((page) => (page instanceof Y.Map ? pageIdOf(page) : ''))
  }

  destroy(): void {
    this.forget()
    this.waiting.drop()
    this.held.stop()
    this.saves.stop()
    this.doc.destroy()
  }

  /** Pages begin with one that a crash before it is stored does not change. */
  private begin(): void {
    if (this.known(FIRST_PAGE_CLIENT) > 0) this.edit(() => appendPage(this.doc, newId()))
    else Y.applyUpdate(this.doc, firstPage(this.canvasId), origins.server)
  }

  private *applyParts(
    update: Uint8Array,
    bringer: Bringer,
    origin: unknown,
    wanted: () => boolean,
  ): Generator<void, Applied> {
    const parts: { readonly bytes: Uint8Array; readonly inspected: InspectedUpdate }[] = []
    for (const bytes of yield* splitUpdate(update, this.known)) {
      parts.push({ bytes, inspected: inspectUpdate(bytes) })
      yield
    }
    const whole = joined(parts.map(({ inspected }) => inspected))
    if (wanted() && this.admit(whole, update.byteLength, bringer)) {
      for (const { bytes, inspected } of parts) {
        if (!wanted() || this.doc.isDestroyed) return this.applied()
        // A page goes with one part, and what its writer had seen of it is named by others.
        this.take(bytes, { ...inspected, deletions: whole.deletions }, bringer, origin)
        yield
      }
      this.onePage.keep(whole)
    }
    return this.applied()
  }

  private applied(): Applied {
    return { waiting: this.waiting.asks() }
  }

  /**
   * Answers whether the update has to be applied; it need not where it brings nothing new.
   * @throws UpdateRefused when it may not be.
   */
  private admit(inspected: InspectedUpdate, bytes: number, bringer: Bringer): boolean {
    if (!bringsAnythingNew(this.doc, inspected)) return false
    checkHalfKnown(this.doc, inspected)
    for (const own of [FIRST_PAGE_CLIENT, this.doc.clientID]) {
      if ((inspected.clients.get(own)?.to ?? 0) <= this.known(own)) continue
      throw new UpdateRefused('only the server itself writes under this Yjs client')
    }
    if (bringer.mayInk?.() === false) throw new UpdateRefused('the canvas is frozen', { limit: 'frozen' })
    const unbound = this.clients.unboundOf(inspected, bringer, this.known)
    const { overload } = this.saves
    if (overload) throw new UpdateRefused('the canvas cannot be saved at the moment', { limit: overload })
    checkPages(this.ledger, inspected, this.known)
    this.makeRoom(addedBytes(inspected, bytes, this.known))
    for (const client of unbound) {
      this.clients.bind(client)
      this.saves.bind(client)
    }
    return true
  }

  private take(update: Uint8Array, inspected: InspectedUpdate, bringer: Bringer, origin: unknown): void {
    const coming = [...this.waiting.inspected, inspected]
    const before = new Map(
      coming.flatMap(({ clients }) => [...clients.keys()].map((id) => [id, this.known(id)])),
    )
    const pages = bringer.live || inspected.pages.length === 0 ? null : this.pageIds()
    // Of what others drew, a first sync cannot say whether it was erased or came to a page that was gone.
    const meant = (clientId: number): boolean =>
      bringer.live || this.clients.drawerOf(clientId) === bringer.userId
    const overlooked = overlookedBy(this.doc, inspected, meant)
    this.bringer = bringer
    try {
      // What waited may come with it, of which its bringer has not heard.
      Y.applyUpdate(this.doc, update, this.waiting.any ? null : origin)
    } finally {
      this.bringer = null
    }
    // Who was away may bring a turned page back, and drop the others, after it was stored and dropped here.
    if (currentPage(this.doc) === null) this.edit(() => appendPage(this.doc, newId()))
    if (pages) this.holdBrought(pages)
    for (const one of coming) this.landed.land(one, before)
    if (!bringer.live) this.onePage.note(inspected, bringer.userId)
    this.landed.rescue(overlooked)
    if (this.ledger.full) this.roll()
    this.waiting.bound(inspected)
  }

  /** Whoever turned a page while away may be about to label it, by a command that comes on another socket. */
  private holdBrought(before: readonly string[]): void {
    const now = this.pageIds()
    const isNew = (pageId: string | undefined): boolean => pageId !== undefined && !before.includes(pageId)
    this.held.addBrought(now.filter((pageId, i) => isNew(pageId) || isNew(now[i + 1])))
    const brought = now.filter(isNew)
    if (brought.length > 0) this.options.onBrought(brought)
  }

  private roll(): void {
    const filled = currentPage(this.doc)
    this.edit(() => appendPage(this.doc, newId()))
    if (filled) this.options.onFilled(pageIdOf(filled))
  }

  /** A canvas that is full lets its oldest page go. @throws UpdateRefused when that makes too little room. */
  private makeRoom(bytes: number): void {
    if (fits(this.ledger.bytes + bytes)) return
    this.fullState()
    for (let dropped = 0; !fits(this.ledger.bytes + bytes); dropped++) {
      if (dropped === MAX_DROPPED || !dropOldestPage(this.doc, this.held)) throw bytesRefused()
    }
  }

  private forget(): void {
    this.encoded = null
    if (this.forgetting) clearTimeout(this.forgetting)
    this.forgetting = null
  }
}

function readStateVector(bytes: Uint8Array): Map<number, number> {
  try {
    return Y.decodeStateVector(bytes)
  } catch (cause) {
    throw new RangeError('not a state vector', { cause })
  }
}
