import { createHash } from 'node:crypto'
import { StoreError, type CheckpointRecord } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { bytesOf, flagOf, numberOf, numberOrNull, textOf, type Row, type Sql } from './sql.ts'

type CheckpointOperations = Pick<
  StoreOperations,
  'putCheckpoint' | 'latestCheckpoint' | 'listCheckpoints' | 'pruneCheckpoints'
>

const CHUNK_BYTES = 1 << 20

export function checkpointOperations(sql: Sql): CheckpointOperations {
  return {
    putCheckpoint(record, blob) {
      refuseWrong(sql, record, blob)
      for (let start = 0, number = 0; start < blob.byteLength; start += CHUNK_BYTES, number++) {
        sql.run(
          'INSERT INTO checkpoint_chunks (checkpoint_id, number, bytes) VALUES (?, ?, ?)',
          record.id,
          number,
          blob.subarray(start, start + CHUNK_BYTES),
        )
      }
      insertRecord(sql, record)
    },
    latestCheckpoint(projectId) {
      const damaged: string[] = []
      for (const record of newestFirst(sql, projectId)) {
        const blob = readBlob(sql, record)
        if (blob) return { record, blob, damaged }
        damaged.push(record.id)
      }
      return null
    },
    listCheckpoints: (projectId) => newestFirst(sql, projectId),
    pruneCheckpoints(projectId, keep) {
      const gone = newestFirst(sql, projectId)
        .slice(Math.max(0, keep))
        .filter((record) => !record.pinned)
      for (const { id } of gone) {
        sql.run('DELETE FROM checkpoints WHERE id = ?', id)
        sql.run('DELETE FROM checkpoint_chunks WHERE checkpoint_id = ?', id)
      }
      return gone.length
    },
  }
}

function refuseWrong(sql: Sql, record: CheckpointRecord, blob: Uint8Array): void {
  if (record.bytes !== blob.byteLength || record.checksum !== checksumOf(blob)) {
    throw new StoreError('corrupt', `the blob of checkpoint ${record.id} does not match its record`)
  }
  if (sql.get('SELECT 1 FROM checkpoints WHERE id = ?', record.id)) {
    throw new StoreError('conflict', `there is a checkpoint ${record.id} already`)
  }
}

function insertRecord(sql: Sql, record: CheckpointRecord): void {
  sql.run(
    `INSERT INTO checkpoints (id, project_id, at, step, reason, checksum, bytes, pinned, accuracy)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.id,
    record.projectId,
    record.at,
    record.step,
    record.reason,
    record.checksum,
    record.bytes,
    Number(record.pinned),
    record.accuracy,
  )
}

/** The blob, or null where it is cut short or altered. */
function readBlob(sql: Sql, record: CheckpointRecord): Uint8Array | null {
  const chunks = sql.all(
    'SELECT bytes FROM checkpoint_chunks WHERE checkpoint_id = ? ORDER BY number',
    record.id,
  )
  const blob = new Uint8Array(record.bytes)
  let filled = 0
  for (const chunk of chunks) {
    const bytes = bytesOf(chunk, 'bytes')
    if (filled + bytes.byteLength > blob.byteLength) return null
    blob.set(bytes, filled)
    filled += bytes.byteLength
  }
  return checksumOf(blob) === record.checksum ? blob : null
}

function checksumOf(blob: Uint8Array): string {
  return createHash('sha256').update(blob).digest('hex')
}

function newestFirst(sql: Sql, projectId: string): CheckpointRecord[] {
  return sql
    .all('SELECT * FROM checkpoints WHERE project_id = ? ORDER BY number DESC', projectId)
    .map(toRecord)
}

function toRecord(row: Row): CheckpointRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    at: numberOf(row, 'at'),
    step: numberOf(row, 'step'),
    reason: textOf(row, 'reason') as CheckpointRecord['reason'],
    checksum: textOf(row, 'checksum'),
    bytes: numberOf(row, 'bytes'),
    pinned: flagOf(row, 'pinned'),
    accuracy: numberOrNull(row, 'accuracy'),
  }
}
