import { toBase64 } from '../../../shared/canvas/base64.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { MAX_STROKES_PER_PAGE } from '../../../shared/canvas/limits.ts'
import type { IdentifiedStroke } from '../../../shared/canvas/stroke.ts'

/** Strokes as `POST /projects` takes them over into a new room: the encoded bytes as base64. */
export function carryStrokes(strokes: readonly IdentifiedStroke[]): { id: string; base64: string }[] {
  return strokes
    .slice(-MAX_STROKES_PER_PAGE)
    .map(({ id, stroke }) => ({ id, base64: toBase64(encodeStroke(stroke)) }))
}
