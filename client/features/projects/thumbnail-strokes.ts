import { decodeStroke, StrokeCodecError } from '../../../shared/canvas/codec.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'

/** The strokes of a project card's thumbnail (base64 of encoded strokes); what cannot be read is left out. */
export function thumbnailStrokes(encoded: readonly string[]): Stroke[] {
  return encoded.flatMap((text) => {
    const stroke = readOne(text)
    return stroke ? [stroke] : []
  })
}

function readOne(text: string): Stroke | null {
  try {
    return decodeStroke(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))
  } catch (error) {
    if (error instanceof StrokeCodecError || error instanceof DOMException) return null
    throw error
  }
}
