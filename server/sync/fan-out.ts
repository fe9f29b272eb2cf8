import * as Y from 'yjs'
import { INK_TICK_MS } from '../../shared/protocol/ink.ts'
import { updateMessage } from './messages.ts'

/** Updates that are merged into one message: merging takes longer the more they are. */
const MERGED = 100

/** A connection that reads a document. */
export interface Reader {
  send(message: Uint8Array): void
}

/**
 * Sends what changes in a document to its readers: the updates of a tick merged and encoded once. An update's
 * origin is the reader that brought it; it gets the batch too unless it brought all of it.
 */
export class FanOut {
  private readonly readers = new Set<Reader>()
  private gathered: Uint8Array[] = []
  private origins = new Set<unknown>()
  private timer: NodeJS.Timeout | null = null
  private readonly listen = (update: Uint8Array, origin: unknown): void => this.gather(update, origin)

  constructor(private readonly doc: Y.Doc) {
    doc.on('update', this.listen)
  }

  get size(): number {
    return this.readers.size
  }

  /** What was gathered so far is sent first, so that a newcomer gets nothing twice. */
  add(reader: Reader): void {
    this.flush()
    this.readers.add(reader)
  }

  remove(reader: Reader): void {
    this.readers.delete(reader)
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (this.gathered.length === 0) return
    const { gathered } = this
    const only = this.origins.size === 1 ? [...this.origins][0] : null
    this.gathered = []
    this.origins = new Set()
    const heard = [...this.readers].filter((reader) => reader !== only)
    if (heard.length === 0) return
    for (let from = 0; from < gathered.length; from += MERGED) {
      const message = updateMessage(Y.mergeUpdates(gathered.slice(from, from + MERGED)))
      for (const reader of heard) reader.send(message)
    }
  }

  stop(): void {
    this.flush()
    this.doc.off('update', this.listen)
    this.readers.clear()
  }

  private gather(update: Uint8Array, origin: unknown): void {
    if (this.readers.size === 0) return
    this.gathered.push(update)
    this.origins.add(origin)
    this.timer ??= setTimeout(() => this.flush(), INK_TICK_MS)
  }
}
