import * as Y from 'yjs'
import { PieceReader } from '../../../shared/canvas/pieces.ts'
import { pagesOf, strokesOf } from '../../../shared/canvas/schema.ts'

/** What somebody wrote into the strokes of a page: a stroke, or an amendment of one (`<stroke id>.<suffix>`). */
export interface Written {
  readonly key: string
  by: number
  readonly bytes: Uint8Array
  /** The document's client id and its clock after the write: a state vector that has come so far covers it. */
  clientId: number
  clock: number
  /** The writer was told that it is stored. */
  acknowledged: boolean
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
  /** Who meant to take a key away and did not take that back, by key; also of what nobody honest wrote. */
  private readonly removers = new Map<string, Set<number>>()
  /** Keys that were taken away at some time, also where that was taken back. */
  private readonly everRemoved = new Set<string>()
  /** Written by somebody whose page was closed before they heard whether it had come through. */
  private readonly uncertain = new Set<string>()
  /** Whose page was closed at some time: what they took away may have come through or not. */
  private readonly reloaded = new Set<number>()
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
      for (const key of gone) if (!come.has(key)) this.remove(key, by)
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

  /** What this person wrote and was not told to be stored may have gone with their page. */
  forget(by: number): void {
    this.reloaded.add(by)
    for (const { key, by: writer, acknowledged } of this.written.values())
      if (writer === by && !acknowledged) this.uncertain.add(key)
  }

  /** Whether somebody meant to take this away, or it never came through for certain. */
  isRemoved(key: string): boolean {
    return (this.removers.get(key)?.size ?? 0) > 0 || this.uncertain.has(key)
  }

  wasEverRemoved(key: string): boolean {
    return this.everRemoved.has(key) || this.uncertain.has(key)
  }

  /** Whether the cuts of several people together may have left nothing of a stroke. */
  isCutToNothing(strokeId: string): boolean {
    const raw = new Map<string, Uint8Array>()
    for (const { key, bytes } of this.written.values()) {
      const isGone = [...(this.removers.get(key) ?? [])].some((by) => !this.reloaded.has(by))
      const isAbout = key === strokeId || (key.startsWith(`${strokeId}.`) && !isGone)
      if (isAbout) raw.set(key, bytes)
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
    const known = this.written.get(key)
    const at = { by, clientId: doc.clientID, clock: Y.getState(doc.store, doc.clientID) }
    // Who takes an erasure back writes anew, which is acknowledged anew.
    const anew = this.removers.get(key)?.delete(by) === true
    if (known?.by === by) this.uncertain.delete(key)
    if (!known) this.written.set(key, { key, bytes, ...at, acknowledged: false, forbidden: false })
    else if (anew) Object.assign(known, at, { acknowledged: false })
    else if (known.by === by) Object.assign(known, at)
  }

  private remove(key: string, by: number): void {
    // What was cut comes back from a drawing in pieces: with one of them, some of the stroke was taken away.
    for (const gone of key.includes('.') ? [key] : [key, strokeOf(key)]) {
      const removers = this.removers.get(gone) ?? new Set()
      this.removers.set(gone, removers.add(by))
      this.everRemoved.add(gone)
    }
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
