import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { StrokeBytes } from '../../shared/protocol/events.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'

/** The readable strokes of a drawing as it came over the wire, in drawing order. */
export function decodeSample(strokes: readonly StrokeBytes[]): readonly Stroke[] {
  const readable: Stroke[] = []
  for (const { bytes } of strokes) {
    try {
      readable.push(decodeStroke(bytes))
    } catch (error) {
      if (!(error instanceof StrokeCodecError)) throw error
    }
  }
  return readable.sort((a, b) => a.at - b.at)
}
