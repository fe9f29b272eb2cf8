import { fromBase64 as decode, toBase64 as encode } from 'lib0/buffer'

/** Stroke bytes as text: Socket.IO takes at most ten binary values a packet, so lists of strokes travel as text. */
export function toBase64(bytes: Uint8Array): string {
  return encode(bytes)
}

/** Empty for a text that is no base64. */
export function fromBase64(text: string): Uint8Array {
  try {
    return decode(text)
  } catch {
    return new Uint8Array()
  }
}
