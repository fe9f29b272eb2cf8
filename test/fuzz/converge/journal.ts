import * as Y from 'yjs'
import { PieceReader } from '../../../shared/canvas/pieces.ts'
import { pagesOf, strokesOf } from '../../../shared/canvas/schema.ts'

/** What somebody wrote into the strokes of a page: a stroke, or an amendment of one (`<stroke id>.<suffix>`). */
export interface Written {
  readonly key: string
  readonly by: number
  readonly bytes: Uint8Array
  /** The document's client id and its clock after the write: a state vector that has come so far covers it. */
  clientId: number
  clock: number
  /** The writer was told that it is stored. */
  acknowledged: boolean
  /** Somebody meant to take it away. */
  removed: boolean
  /** Nobody should ever have taken it in. */
  readonly forbidden: boolean
}

export interface LabelNote {
  readonly key: string
  readonly by: number
  readonly pageId: string
  /** What the labeller saw on the page. */
  readonly named: readonly string[]
  readonly drawingId: string | null
  readonly refused: string | null
}

/** What everybody did and was told, kept apart from the code under test. */
export class Journal {
  readonly written = new Map<string, Written>()
  readonly labels = new Map<string, LabelNote>()
  /** Keys that somebody meant to take away, also of what nobody honest wrote. */
  private readonly removed = new Set<string>()
  readonly faults: string[] = []

  /** Notes every stroke and amendment that this document's own person writes or takes away. */
  watch(doc: Y.Doc, by: number): void {
    pagesOf(doc).observeDeep((events, transaction) => {
      if (!transaction.local) return
      const gone: string[] = []
      const come = new Map<string, Uint8Array>()
      for (const { target, changes } of events) {
        if (!(target instanceof Y.Map)) continue
        for (const [key, { action }] of changes.keys) {
          const value: unknown = target.get(key)
          if (action === 'delete') gone.push(key)
          else come.set(key, value instanceof Uint8Array ? value : new Uint8Array())
        }
      }
      for (const key of gone) if (!come.has(key)) this.remove(key)
      for (const [key, bytes] of come) this.write(key, bytes, by, doc)
    })
  }

  forbid(key: string, by: number): void {
    this.written.set(key, {
      key,
      by,
      bytes: new Uint8Array(),
      clientId: 0,
      clock: 0,
      acknowledged: false,
      removed: false,
      forbidden: true,
    })
  }

  /** Person `by` was told that the store holds what this state vector covers. */
  saved(by: number, stateVector: Uint8Array): void {
    const clocks = Y.decodeStateVector(stateVector)
    for (const entry of this.written.values()) {
      if (entry.by === by && entry.clock <= (clocks.get(entry.clientId) ?? 0)) entry.acknowledged = true
    }
  }

  /** What this person wrote and was not told to be stored went with their page. */
  forget(by: number): void {
    for (const entry of this.written.values())
      if (entry.by === by && !entry.acknowledged) entry.removed = true
  }

  /** Whether somebody meant to take this stroke away. */
  isRemoved(strokeId: string): boolean {
    return this.removed.has(strokeId) || this.written.get(strokeId)?.removed === true
  }

  /** Whether the cuts of several people together left nothing of a stroke. */
  isCutToNothing(strokeId: string): boolean {
    const raw = new Map<string, Uint8Array>()
    for (const { key, bytes, removed } of this.written.values()) {
      if (key === strokeId || (!removed && key.startsWith(`${strokeId}.`))) raw.set(key, bytes)
    }
    const [stroke] = new PieceReader().read(raw)
    return stroke?.pieces.length === 0
  }

  labelled(key: string, drawingId: string): void {
    const note = this.labels.get(key)
    if (note) this.labels.set(key, { ...note, drawingId })
  }

  labelRefused(key: string, error: unknown): void {
    const note = this.labels.get(key)
    if (note) this.labels.set(key, { ...note, refused: String(error) })
  }

  private write(key: string, bytes: Uint8Array, by: number, doc: Y.Doc): void {
    this.removed.delete(key)
    const known = this.written.get(key)
    const at = { clientId: doc.clientID, clock: Y.getState(doc.store, doc.clientID) }
    if (!known) {
      this.written.set(key, { key, by, bytes, ...at, acknowledged: false, removed: false, forbidden: false })
    } else if (known.by === by) {
      Object.assign(known, at)
      known.removed = false
    }
  }

  private remove(key: string): void {
    this.removed.add(key)
    // What was cut comes back from a drawing in pieces: with one of them, some of the stroke was taken away.
    if (!key.includes('.')) this.removed.add(strokeOf(key))
    const known = this.written.get(key) ?? (key.includes('.') ? undefined : this.written.get(strokeOf(key)))
    if (known) known.removed = true
  }
}

/** The stroke that a key, or a piece of a stroke, belongs to. */
export function strokeOf(key: string): string {
  return key.slice(0, 16)
}

/** Every key in the strokes of every page. */
export function keysOf(doc: Y.Doc): Set<string> {
  const keys = new Set<string>()
  for (const page of pagesOf(doc)) for (const key of strokesOf(page)?.keys() ?? []) keys.add(key)
  return keys
}
