import {
  amend,
  amendedStrokeOf,
  AmendmentError,
  decodeAmendment,
  offsetKey,
  type Cut,
  type Offset,
} from './amend.ts'
import { decodeStroke, StrokeCodecError } from './codec.ts'
import type { IdentifiedStroke, Stroke } from './stroke.ts'

/** A stroke as it was drawn, and what was done to it since. */
export interface AmendedStroke {
  readonly strokeId: string
  /** `encodeStroke` bytes of `drawn`. */
  readonly bytes: Uint8Array
  readonly drawn: Stroke
  readonly offset: Offset | null
  /** As it was moved, without its cuts. */
  readonly whole: Stroke
  readonly cuts: readonly Cut[]
  /** What shows of it; none where all of it was cut. */
  readonly pieces: readonly Piece[]
}

/** What shows of a stroke: it has the stroke's own id when it is whole, else `<stroke id>p<n>`. */
export interface Piece extends IdentifiedStroke {
  readonly strokeId: string
}

interface Known {
  readonly bytes: Uint8Array
  readonly amendments: readonly Entry[]
  readonly read: AmendedStroke | null
}

interface Entry {
  readonly key: string
  readonly bytes: Uint8Array
}

const NONE: readonly Entry[] = []

/** Reads a page again and again, decoding only what is new: what did not change stays the same object. */
export class PieceReader {
  #known = new Map<string, Known>()

  /** The readable strokes among what a page holds by key; amendments of no stroke are left out. */
  read(raw: ReadonlyMap<string, Uint8Array>): AmendedStroke[] {
    const { strokes, amendments } = sorted(raw)
    const known = new Map<string, Known>()
    const found: AmendedStroke[] = []
    for (const [strokeId, bytes] of strokes) {
      const entries = amendments.get(strokeId) ?? NONE
      const before = this.#known.get(strokeId)
      const now =
        before?.bytes === bytes && same(before.amendments, entries)
          ? before
          : { bytes, amendments: entries, read: readStroke(strokeId, bytes, entries, before) }
      known.set(strokeId, now)
      if (now.read) found.push(now.read)
    }
    this.#known = known
    return found
  }
}

/** What these cuts leave of a stroke. */
export function toPieces(strokeId: string, whole: Stroke, cuts: readonly Cut[]): readonly Piece[] {
  return amend(whole, null, cuts).map((stroke, n) => ({
    id: cuts.length === 0 ? strokeId : `${strokeId}p${String(n)}`,
    strokeId,
    stroke,
  }))
}

/** The stroke that a piece was named after; an id that no piece has stays as it is. */
export function strokeIdOfPiece(id: string): string {
  return id.replace(/p\d+$/, '')
}

function sorted(raw: ReadonlyMap<string, Uint8Array>): {
  strokes: Map<string, Uint8Array>
  amendments: Map<string, Entry[]>
} {
  const strokes = new Map<string, Uint8Array>()
  const amendments = new Map<string, Entry[]>()
  for (const [key, bytes] of raw) {
    const strokeId = amendedStrokeOf(key)
    if (strokeId === null) strokes.set(key, bytes)
    else {
      const entries = amendments.get(strokeId)
      if (entries) entries.push({ key, bytes })
      else amendments.set(strokeId, [{ key, bytes }])
    }
  }
  return { strokes, amendments }
}

function same(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every(({ key, bytes }, i) => b[i]?.key === key && b[i].bytes === bytes)
}

function readStroke(
  strokeId: string,
  bytes: Uint8Array,
  entries: readonly Entry[],
  before: Known | undefined,
): AmendedStroke | null {
  const drawn = before?.bytes === bytes ? before.read?.drawn : orNull(() => decodeStroke(bytes))
  if (!drawn) return null
  let offset: Offset | null = null
  const cuts: Cut[] = []
  for (const { key, bytes: value } of entries) {
    const amendment = orNull(() => decodeAmendment(value))
    if (amendment?.kind === 'offset' && key === offsetKey(strokeId)) offset = amendment.offset
    if (amendment?.kind === 'cut' && key !== offsetKey(strokeId)) cuts.push(amendment.cut)
  }
  const whole = amend(drawn, offset, [])[0] ?? drawn
  return { strokeId, bytes, drawn, offset, whole, cuts, pieces: toPieces(strokeId, whole, cuts) }
}

/** A document's content is a claim: what cannot be read counts as nothing. */
function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof StrokeCodecError || error instanceof AmendmentError) return null
    throw error
  }
}
