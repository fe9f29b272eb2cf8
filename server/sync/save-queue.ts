import * as Y from 'yjs'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import type { CanvasClient, Store } from '../storage/store.ts'

const SAVE_AFTER_MS = 250
const RETRY_LEAST_MS = 500
const RETRY_MOST_MS = 10_000
/** A snapshot replaces the log once it holds this many updates or bytes. */
const SNAPSHOT_UPDATES = 200
const SNAPSHOT_BYTES = 256_000
/** Unsaved bytes above which a canvas takes nothing more until the store answers again. */
const MAX_UNSAVED_BYTES = 8_000_000

type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'saving'; readonly done: Promise<boolean> }

export interface SaveQueueOptions {
  readonly canvasId: string
  readonly doc: Y.Doc
  readonly store: Pick<Store, 'appendCanvas' | 'snapshotCanvas'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** Updates and bytes in the log when the document was loaded. */
  readonly logged: { readonly updates: number; readonly bytes: number; readonly position: number }
  /** The store now holds everything up to this state vector, of these people among others. */
  readonly onSaved: (stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
}

/**
 * Appends what changed to the store, one write in flight, a merged update each. A failed write is kept and tried
 * again with a growing pause; the order never changes.
 */
export class SaveQueue {
  private state: SaveState = { kind: 'idle' }
  private unsaved: Uint8Array[] = []
  private unsavedBytes = 0
  private newClients: CanvasClient[] = []
  private drawers = new Set<string>()
  private updates: number
  private bytes: number
  private position: number
  private failures = 0
  private lastError: unknown = null
  saved: Uint8Array

  constructor(private readonly options: SaveQueueOptions) {
    this.updates = options.logged.updates
    this.bytes = options.logged.bytes
    this.position = options.logged.position
    this.saved = Y.encodeStateVector(options.doc)
  }

  get overloaded(): boolean {
    return this.unsavedBytes > MAX_UNSAVED_BYTES
  }

  get clean(): boolean {
    return this.unsaved.length === 0 && this.newClients.length === 0 && this.state.kind !== 'saving'
  }

  /** Why the newest write failed; null after one that succeeded. */
  get error(): unknown {
    return this.lastError
  }

  add(update: Uint8Array, userId: string | null): void {
    this.unsaved.push(update)
    this.unsavedBytes += update.byteLength
    if (userId !== null) this.drawers.add(userId)
    this.schedule(SAVE_AFTER_MS)
  }

  bind(client: CanvasClient): void {
    this.newClients.push(client)
    this.schedule(SAVE_AFTER_MS)
  }

  /** Writes all there is now; answers whether everything is saved. */
  async flush(): Promise<boolean> {
    if (this.state.kind === 'saving') await this.state.done
    while (!this.clean) if (!(await this.save())) return false
    return true
  }

  /** Flushes, then lets one snapshot stand for the log. */
  async finish(): Promise<boolean> {
    if (!(await this.flush())) return false
    if (this.updates > 1) await this.snapshot()
    return this.clean
  }

  stop(): void {
    if (this.state.kind === 'waiting') clearTimeout(this.state.timer)
  }

  private schedule(ms: number): void {
    if (this.state.kind !== 'idle') return
    const timer = setTimeout(() => {
      void this.save()
    }, ms)
    this.state = { kind: 'waiting', timer }
  }

  private async save(): Promise<boolean> {
    if (this.state.kind === 'saving') return this.state.done
    if (this.state.kind === 'waiting') clearTimeout(this.state.timer)
    const done = this.write()
    this.state = { kind: 'saving', done }
    const well = await done
    this.state = { kind: 'idle' }
    if (!this.clean) {
      this.schedule(well ? SAVE_AFTER_MS : Math.min(RETRY_MOST_MS, RETRY_LEAST_MS * 2 ** this.failures))
    }
    return well
  }

  private async write(): Promise<boolean> {
    const { canvasId, doc, store, clock, metrics, log } = this.options
    const taken = this.unsaved
    const clients = this.newClients
    const drawers = this.drawers
    const stateVector = Y.encodeStateVector(doc)
    this.unsaved = []
    this.newClients = []
    this.drawers = new Set()
    const from = clock.now()
    let merged: Uint8Array
    try {
      merged = Y.mergeUpdates(taken)
      this.position = await store.appendCanvas(canvasId, merged, clients)
      this.failures = 0
      this.lastError = null
    } catch (error) {
      this.unsaved = [...taken, ...this.unsaved]
      this.newClients = [...clients, ...this.newClients]
      for (const userId of drawers) this.drawers.add(userId)
      this.failures++
      this.lastError = error
      metrics?.count('save_failures')
      log.error({ err: error, canvasId, failures: this.failures }, 'a canvas could not be saved')
      return false
    }
    metrics?.count('saves')
    metrics?.observe('save', clock.now() - from)
    this.unsavedBytes = this.unsaved.reduce((sum, update) => sum + update.byteLength, 0)
    this.saved = stateVector
    this.updates++
    this.bytes += merged.byteLength
    this.options.onSaved(stateVector, drawers)
    if (this.updates >= SNAPSHOT_UPDATES || this.bytes >= SNAPSHOT_BYTES) await this.snapshot()
    return true
  }

  /** What the document holds beyond `position` stays in the log as well; Yjs applies it twice without harm. */
  private async snapshot(): Promise<void> {
    const { canvasId, doc, store, log, metrics } = this.options
    const bytes = Y.encodeStateAsUpdate(doc)
    try {
      await store.snapshotCanvas(canvasId, bytes, this.position)
      this.updates = 0
      this.bytes = 0
    } catch (error) {
      // The log still holds everything; the next snapshot is tried after as many updates again.
      this.updates = 0
      this.bytes = 0
      metrics?.count('save_failures')
      log.warn({ err: error, canvasId }, 'a snapshot of a canvas could not be written')
    }
  }
}
