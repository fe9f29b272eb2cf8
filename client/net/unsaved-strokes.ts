import * as Y from 'yjs'
import { pagesOf } from '../../shared/canvas/schema.ts'

/** A stroke as the document holds it: `encodeStroke` bytes. */
export interface EncodedStroke {
  readonly id: string
  readonly bytes: Uint8Array
}

interface Unsaved extends EncodedStroke {
  /** My clock after the stroke: a state vector that has come so far covers it. */
  readonly clock: number
}

/**
 * The strokes that this document's own client wrote and no acknowledged state vector covers. Bounded by the
 * document's own limits: a stroke leaves with its acknowledgement, its erasure or the document.
 */
export class UnsavedStrokes {
  readonly #doc: Y.Doc
  readonly #byId = new Map<string, Unsaved>()
  #saved = 0

  constructor(doc: Y.Doc) {
    this.#doc = doc
    pagesOf(doc).observeDeep((events, transaction) => {
      if (!transaction.local) return
      for (const event of events) {
        if (!(event.target instanceof Y.Map)) continue
        for (const [id, { action }] of event.changes.keys) {
          const bytes: unknown = event.target.get(id)
          if (action === 'delete') this.#byId.delete(id)
          else if (bytes instanceof Uint8Array) {
            this.#byId.set(id, { id, bytes, clock: Y.getState(doc.store, doc.clientID) })
          }
        }
      }
    })
  }

  get count(): number {
    return this.#byId.size
  }

  /** Answers whether anything changed. Bytes that are no state vector change nothing. */
  noteSaved(stateVector: Uint8Array): boolean {
    const before = this.#byId.size
    this.#saved = Math.max(this.#saved, clockOf(stateVector, this.#doc.clientID))
    this.settle()
    return this.#byId.size !== before
  }

  settle(): void {
    for (const [id, { clock }] of this.#byId) if (clock <= this.#saved) this.#byId.delete(id)
  }

  strokes(): readonly EncodedStroke[] {
    return [...this.#byId.values()]
  }
}

function clockOf(stateVector: Uint8Array, clientId: number): number {
  try {
    return Y.decodeStateVector(stateVector).get(clientId) ?? 0
  } catch {
    return 0
  }
}
