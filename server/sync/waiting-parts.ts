import * as Y from 'yjs'
import { UpdateRefused, type InspectedUpdate } from './inspect-update.ts'

/** Bytes of updates that wait for others which have not come. */
const MAX_WAITING_BYTES = 500_000
/** How long they wait, in ms: whoever wrote them is asked at once, and brings all of it again with the next sync. */
const PATIENCE_MS = 20_000

/**
 * What waits in a document for updates that have not come. Yjs would keep it, look at it with each update, send it to
 * whoever asks for the document and store it, for ever.
 */
export class WaitingParts {
  private timer: NodeJS.Timeout | null = null
  private dropped = false
  private parts: InspectedUpdate[] = []

  constructor(private readonly doc: Y.Doc) {}

  get any(): boolean {
    const { store } = this.doc
    return store.pendingStructs !== null || store.pendingDs !== null
  }

  /** Whether something waits, or did since this was asked last: who wrote it has to be asked for more. */
  asks(): boolean {
    const { dropped } = this
    this.dropped = false
    return dropped || this.any
  }

  /** The updates of which something waits; it comes in with the next one, or later. */
  get inspected(): readonly InspectedUpdate[] {
    return this.parts
  }

  /** To be called after each update. @throws UpdateRefused when more waits than may; none of it does then. */
  bound(newest: InspectedUpdate): void {
    const { store } = this.doc
    const isWaiting = ({ clients }: InspectedUpdate): boolean =>
      [...clients].some(([client, { to }]) => to > Y.getState(store, client))
    this.parts = this.any ? [...this.parts, newest].filter(isWaiting) : []
    const bytes = (store.pendingStructs?.update.byteLength ?? 0) + (store.pendingDs?.byteLength ?? 0)
    // An erasure of what nobody has brought would take away what somebody draws later.
    if (store.pendingStructs === null || bytes > MAX_WAITING_BYTES) this.drop()
    else this.timer ??= setTimeout(() => this.drop(), PATIENCE_MS).unref()
    if (bytes > MAX_WAITING_BYTES) {
      throw new UpdateRefused('too much waits for what did not come', { limit: 'canvas-bytes' })
    }
  }

  /** Encodes the document without what waits, which is nobody else's yet. */
  leaveOut<T>(encode: () => T): T {
    const { store } = this.doc
    const { pendingStructs, pendingDs } = store
    store.pendingStructs = null
    store.pendingDs = null
    try {
      return encode()
    } finally {
      store.pendingStructs = pendingStructs
      store.pendingDs = pendingDs
    }
  }

  drop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.parts = []
    this.dropped ||= this.any
    this.doc.store.pendingStructs = null
    this.doc.store.pendingDs = null
  }
}
