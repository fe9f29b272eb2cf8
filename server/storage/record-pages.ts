import { mergeUpdates } from 'yjs'
import type { BackupRecord } from './records.ts'
import { StoreError } from './store.ts'

/** Bytes and records after which an answer of `readRecords` ends: others wait for theirs meanwhile. */
export const MOST_BYTES = 1 << 20
export const MOST_RECORDS = 1_000
/** What a record without bytes of its own is taken for. */
const PLAIN_BYTES = 300

/** About how large a record is. */
export function bytesIn({ kind, value }: BackupRecord): number {
  switch (kind) {
    case 'canvas':
      return PLAIN_BYTES + (value.log?.byteLength ?? 0)
    case 'drawing':
      return value.strokes.reduce((sum, { bytes }) => sum + bytes.byteLength, 2 * PLAIN_BYTES)
    case 'checkpoint':
      return PLAIN_BYTES + value.blob.byteLength
    default:
      return PLAIN_BYTES
  }
}

/** A canvas's log as one update; null for an empty one. @throws StoreError `corrupt` where it cannot be read */
export function mergedLog(canvasId: string, updates: readonly Uint8Array[]): Uint8Array | null {
  if (updates.length === 0) return null
  try {
    return mergeUpdates([...updates])
  } catch (cause) {
    throw new StoreError('corrupt', `the log of canvas ${canvasId} cannot be read`, { cause })
  }
}
