import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { DrawingRecord } from './records.ts'
import { StoreError } from './store.ts'

type Strokes = DrawingRecord['strokes']

/** The strokes of a drawing as one value: a count, then each stroke's identifier and its bytes, lengths as varints. */
export function packStrokes(strokes: Strokes): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, strokes.length)
    for (const { id, bytes } of strokes) {
      encoding.writeVarString(out, id)
      encoding.writeVarUint8Array(out, bytes)
    }
  })
}

/** @throws StoreError `corrupt` for bytes that `packStrokes` did not write. */
export function unpackStrokes(packed: Uint8Array): Strokes {
  try {
    const from = decoding.createDecoder(packed)
    return Array.from({ length: decoding.readVarUint(from) }, () => ({
      id: decoding.readVarString(from),
      bytes: decoding.readVarUint8Array(from).slice(),
    }))
  } catch (cause) {
    throw new StoreError('corrupt', 'the strokes of a drawing cannot be read', { cause })
  }
}
