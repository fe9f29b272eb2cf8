import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readBackup } from '../../server/backup/read-backup.ts'
import type { BackupRecord } from '../../server/storage/records.ts'

/** One digest a record, in an order of their own: what two backups of the same data have in common. */
export async function recordDigests(file: string): Promise<string[]> {
  const digests: string[] = []
  await readBackup(createReadStream(file) as AsyncIterable<Buffer>, (records) => {
    for (const record of records)
      if (!isOfRestores(record)) digests.push(`${record.kind} ${digestOf(record)}`)
    return Promise.resolve()
  })
  return digests.sort()
}

/** Whether it says what a restore itself remembers. */
function isOfRestores(record: BackupRecord): boolean {
  return record.kind === 'meta' && record.value.key === 'canvas-generation'
}

/** Of the record with its keys in order, bytes by their digest, and without the generation, which a restore raises. */
function digestOf(record: BackupRecord): string {
  return sha256(
    JSON.stringify(record, (key, value: unknown) => {
      if (value instanceof Uint8Array) return sha256(value)
      if (key === 'generation') return 0
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    }),
  )
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
