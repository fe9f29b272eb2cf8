import * as Y from 'yjs'
import type { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import { retryPause } from '../ops/retry-pause.ts'
import type { LimitName, RoomLog, RoomMetrics } from '../rooms/ports.ts'
import type { CanvasClient } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'

const SAVE_AFTER_MS = 250
/** A snapshot replaces the log once it holds this many updates or bytes. */
const SNAPSHOT_UPDATES = 200
const SNAPSHOT_BYTES = 256_000
/** Updates and bytes that are merged into one write: merging takes longer the more they are. */
const WRITE_UPDATES = 100
const WRITE_BYTES = 256_000
/** Unsaved bytes above which a canvas takes nothing more until the store answers again. */
const MAX_UNSAVED_BYTES = 8_000_000

type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'saving'; readonly done: Promise<boolean> }
  | { readonly kind: 'stopped' }

export interface SaveQueueOptions {
  readonly canvasId: string
  readonly doc: Y.Doc
  /** The encoded document. */
  readonly fullState: () => Uint8Array
  readonly store: Pick<Store, 'appendCanvas' | 'snapshotCanvas'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** What the canvases of all rooms hold unsaved, in bytes. */
  readonly unsaved?: Budget | undefined
  /** Updates and bytes in the log when the document was loaded. */
  readonly logged: { readonly updates: number; readonly bytes: number; readonly position: number }
  /** The store now holds everything up to this state vector, of these people among others. */
  readonly onSaved: (stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
}

const emptyUpdate = Y.encodeStateAsUpdate(new Y.Doc())

/**
 * Appends what changed to the store, one write in flight, a merged update each. A failed write is kept and tried
 * again with a growing pause; the order never changes.
 */
export class SaveQueue {
  private state: SaveState = { kind: 'idle' }
  private unsaved: Uint8Array[] = []
  private unsavedBytes = 0
  /** Whether its share of the unsaved bytes of all was given back. */
  private given = false
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

  /** The limit that keeps the canvas from taking more until the store answers again; null while there is none. */
  get overload(): LimitName | null {
    if (this.unsavedBytes > MAX_UNSAVED_BYTES) return 'unsaved-bytes'
    return this.options.unsaved?.full === true ? 'unsaved-server' : null
  }

  get clean(): boolean {
    return this.unsaved.length === 0 && this.newClients.length === 0 && this.state.kind !== 'saving'
  }

  private get stopped(): boolean {
    return this.state.kind === 'stopped'
  }

  /** Why the newest write failed; null after one that succeeded. */
  get error(): unknown {
    return this.lastError
  }

  add(update: Uint8Array, userId: string | null): void {
    this.unsaved.push(update)
    this.count(update.byteLength)
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

  /** Flushes, then lets a snapshot stand for the log, in which nothing is left of what was erased; answers whether it does. */
  async compact(): Promise<boolean> {
    return (await this.flush()) && (await this.snapshot())
  }

  /** Starts no further write; resolves once none is under way. */
  async halt(): Promise<void> {
    const { state } = this
    this.stop()
    if (state.kind === 'saving') await state.done
  }

  /** Starts no further write; one that is under way ends by itself. */
  stop(): void {
    if (this.state.kind === 'waiting') clearTimeout(this.state.timer)
    this.state = { kind: 'stopped' }
    if (!this.given) this.options.unsaved?.add(-this.unsavedBytes)
    this.given = true
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
    if (this.state.kind === 'stopped') return false
    if (this.state.kind === 'waiting') clearTimeout(this.state.timer)
    const done = this.write()
    this.state = { kind: 'saving', done }
    const well = await done
    // Read anew: it may have been stopped while it was written.
    if (this.stopped) return well
    this.state = { kind: 'idle' }
    if (!this.clean) {
      this.schedule(well ? SAVE_AFTER_MS : retryPause(this.failures))
    }
    return well
  }

  /** Writes what there is now, in as many writes as it takes; what could not be written is kept in its order. */
  private async write(): Promise<boolean> {
    const { canvasId, doc, clock, metrics, log } = this.options
    const stateVector = Y.encodeStateVector(doc)
    const { drawers } = this
    const taken = this.unsaved.length
    this.drawers = new Set()
    const from = clock.now()
    try {
      for (let left = taken; left > 0 || this.newClients.length > 0;) {
        left -= await this.append(left)
        if (this.stopped && (left > 0 || this.newClients.length > 0)) return false
      }
    } catch (error) {
      for (const userId of drawers) this.drawers.add(userId)
      this.failures++
      this.lastError = error
      metrics?.count('save_failures')
      // While the store is away every canvas comes here every second.
      if (isPowerOfTwo(this.failures))
        log.error({ err: error, canvasId, failures: this.failures }, 'a canvas could not be saved')
      return false
    }
    this.failures = 0
    this.lastError = null
    metrics?.count('saves')
    metrics?.observe('save', clock.now() - from)
    this.saved = stateVector
    try {
      this.options.onSaved(stateVector, drawers)
    } catch (error) {
      log.error({ err: error, canvasId }, 'that a canvas was saved could not be told')
    }
    if (this.updates >= SNAPSHOT_UPDATES || this.bytes >= SNAPSHOT_BYTES) await this.snapshot()
    return true
  }

  /** Appends the oldest updates, at most `most` of them; answers how many. They stay unsaved until the store has them. */
  private async append(most: number): Promise<number> {
    const { canvasId, store } = this.options
    let count = 0
    let bytes = 0
    while (count < Math.min(most, WRITE_UPDATES) && bytes < WRITE_BYTES) {
      bytes += this.unsaved[count++]?.byteLength ?? 0
    }
    const merged = Y.mergeUpdates(count > 0 ? this.unsaved.slice(0, count) : [emptyUpdate])
    const clients = [...this.newClients]
    this.position = await store.appendCanvas(canvasId, merged, clients)
    this.unsaved.splice(0, count)
    this.count(-bytes)
    this.newClients.splice(0, clients.length)
    this.updates++
    this.bytes += merged.byteLength
    return count
  }

  private count(bytes: number): void {
    this.unsavedBytes += bytes
    if (!this.given) this.options.unsaved?.add(bytes)
  }

  /** What the document holds beyond `position` stays in the log as well; Yjs applies it twice without harm. */
  private async snapshot(): Promise<boolean> {
    const { canvasId, fullState, store, log, metrics } = this.options
    if (this.state.kind === 'stopped') return false
    try {
      await store.snapshotCanvas(canvasId, fullState(), this.position)
      this.updates = 0
      this.bytes = 0
      return true
    } catch (error) {
      this.lastError = error
      // The log still holds everything; the next snapshot is tried after as many updates again.
      this.updates = 0
      this.bytes = 0
      metrics?.count('save_failures')
      log.warn({ err: error, canvasId }, 'a snapshot of a canvas could not be written')
      return false
    }
  }
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0
}
