import * as decoding from 'lib0/decoding'

/** The number of points that the bytes of a stroke announce; 0 for what is no stroke. */
export function pointCount(value: unknown): number {
  if (!(value instanceof Uint8Array) || value.byteLength < 2) return 0
  const from = decoding.createDecoder(value)
  from.pos = 1
  try {
    return decoding.readVarUint(from)
  } catch {
    return 0
  }
}
