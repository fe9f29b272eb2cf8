import { amendedStrokeOf, strokeIdOf } from '../../shared/canvas/amend.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import type { IdentifiedStroke, Stroke } from '../../shared/canvas/stroke.ts'
import { decodeOrNull } from './decode-or-null.ts'
import type { EncodedStroke } from './unsaved-strokes.ts'

/** `stroke` is null for a change of a stroke. */
interface Held extends EncodedStroke {
  readonly stroke: Stroke | null
}

/** Strokes that wait for a document, with what was done to strokes before they had to wait; oldest first. */
export class HeldStrokes {
  #all: readonly Held[] = []
  #strokes: readonly IdentifiedStroke[] = []

  get count(): number {
    return this.#all.length
  }
  get bytes(): number {
    return this.#all.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  }
  /** As they were drawn: what was done to them shows once they have a document. */
  get strokes(): readonly IdentifiedStroke[] {
    return this.#strokes
  }
  get all(): readonly EncodedStroke[] {
    return this.#all
  }
  has(id: string): boolean {
    return this.#all.some((one) => one.id === id)
  }

  add(id: string, stroke: Stroke): EncodedStroke {
    const held = { id, bytes: encodeStroke(stroke), stroke }
    this.#set([...this.#all, held])
    return held
  }

  /** Puts some before all others. Bytes that are no stroke are left out. */
  putFirst(kept: readonly EncodedStroke[]): void {
    this.#set([...kept.flatMap(read), ...this.#all])
  }

  /** Removes strokes together with what was done to them; answers the ids of all that went. */
  remove(strokeIds: ReadonlySet<string>): string[] {
    const goes = ({ id }: Held): boolean => strokeIds.has(strokeIdOf(id))
    const gone = this.#all.filter(goes).map(({ id }) => id)
    if (gone.length > 0) this.#set(this.#all.filter((one) => !goes(one)))
    return gone
  }

  takeAll(): readonly EncodedStroke[] {
    const all = this.#all
    this.#set([])
    return all
  }

  #set(all: readonly Held[]): void {
    this.#all = all
    this.#strokes = all.flatMap(({ id, stroke }) => (stroke ? [{ id, stroke }] : []))
  }
}

function read(kept: EncodedStroke): Held[] {
  if (amendedStrokeOf(kept.id) !== null) return [{ ...kept, stroke: null }]
  const stroke = decodeOrNull(kept.bytes)
  return stroke ? [{ ...kept, stroke }] : []
}
