import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'

/** The stroke that the bytes encode, or null where they are none: a document's content is a claim. */
export function decodeOrNull(bytes: Uint8Array): Stroke | null {
  try {
    return decodeStroke(bytes)
  } catch (error) {
    if (error instanceof StrokeCodecError) return null
    throw error
  }
}
