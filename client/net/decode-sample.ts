import { fromBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { WireStroke } from '../../shared/protocol/events.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'

/** The readable strokes of a drawing as it came over the wire, in drawing order. */
export function decodeSample(strokes: readonly WireStroke[]): readonly Stroke[] {
  const readable: Stroke[] = []
  for (const { base64 } of strokes) {
    try {
      readable.push(decodeStroke(fromBase64(base64)))
    } catch (error) {
      if (!(error instanceof StrokeCodecError)) throw error
    }
  }
  return readable.sort((a, b) => a.at - b.at)
}
