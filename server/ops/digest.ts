import { createHash } from 'node:crypto'
import { inSlices } from './slices.ts'

/** Well below a millisecond of hashing. */
const STEP_BYTES = 128 * 1024

/** SHA-256 as hex, of bytes that may be many, without a long turn. */
export function sha256(bytes: Uint8Array): Promise<string> {
  return inSlices(hashing(bytes))
}

function* hashing(bytes: Uint8Array): Generator<void, string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.byteLength; at += STEP_BYTES) {
    hash.update(bytes.subarray(at, at + STEP_BYTES))
    yield
  }
  return hash.digest('hex')
}
