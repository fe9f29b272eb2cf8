import { createHash } from 'node:crypto'
import { checkpointReasons } from '../../../shared/protocol/entities.ts'
import { families } from '../../../shared/training/settings.ts'
import type { CheckpointRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import {
  bytesOf,
  choiceOf,
  flagOf,
  numberOf,
  numberOrNull,
  textOf,
  textOrNull,
  textsOf,
  type Row,
  type Sql,
} from './sql.ts'

type CheckpointOperations = Pick<
  StoreOperations,
  'putCheckpoint' | 'readCheckpoint' | 'listCheckpoints' | 'updateCheckpoint' | 'deleteCheckpoints'
>

/** A piece of a blob, which is a commit of its own: some milliseconds. */
const PIECE_BYTES = 1 << 19
const accuracyKinds = ['test', 'prequential'] as const

export function checkpointOperations(sql: Sql): CheckpointOperations {
  return {
    putCheckpoint(record, blob) {
      refuseWrong(sql, record, blob)
      for (let number = 0; number < pieceCount(blob); number++) putPiece(sql, record.id, blob, number)
      insertRecord(sql, record)
    },
    listCheckpoints: (projectId) => newestFirst(sql, projectId),
    readCheckpoint(id) {
      const record = required(sql, id)
      const blob = readBlob(sql, record)
      if (!blob) throw new StoreError('corrupt', `the blob of checkpoint ${id} is damaged`)
      return { record, blob }
    },
    updateCheckpoint(id, change) {
      const { name, pinned } = { ...required(sql, id), ...change }
      sql.run('UPDATE checkpoints SET name = ?, pinned = ? WHERE id = ?', name, Number(pinned), id)
      return required(sql, id)
    },
    deleteCheckpoints(projectId, ids) {
      let gone = 0
      for (const id of ids) {
        const deleted = sql.run('DELETE FROM checkpoints WHERE id = ? AND project_id = ?', id, projectId)
        if (deleted > 0) dropPieces(sql, id)
        gone += deleted
      }
      return gone
    },
  }
}

export function pieceCount(blob: Uint8Array): number {
  return Math.ceil(blob.byteLength / PIECE_BYTES)
}

export function putPiece(sql: Sql, checkpointId: string, blob: Uint8Array, number: number): void {
  sql.run(
    'INSERT INTO checkpoint_chunks (checkpoint_id, number, bytes) VALUES (?, ?, ?)',
    checkpointId,
    number,
    blob.subarray(number * PIECE_BYTES, (number + 1) * PIECE_BYTES),
  )
}

export function dropPieces(sql: Sql, checkpointId: string): void {
  sql.run('DELETE FROM checkpoint_chunks WHERE checkpoint_id = ?', checkpointId)
}

/** Pieces of blobs whose record was never written: the process died between them. */
export function sweepPieces(sql: Sql): void {
  sql.run('DELETE FROM checkpoint_chunks WHERE checkpoint_id NOT IN (SELECT id FROM checkpoints)')
}

function required(sql: Sql, id: string): CheckpointRecord {
  const row = sql.get('SELECT * FROM checkpoints WHERE id = ?', id)
  if (!row) throw new StoreError('not-found', `there is no checkpoint ${id}`)
  return toRecord(row)
}

/** @throws StoreError `corrupt`, `conflict` */
export function refuseWrong(sql: Sql, record: CheckpointRecord, blob: Uint8Array): void {
  if (record.bytes !== blob.byteLength || record.checksum !== checksumOf(blob)) {
    throw new StoreError('corrupt', `the blob of checkpoint ${record.id} does not match its record`)
  }
  if (sql.get('SELECT 1 FROM checkpoints WHERE id = ?', record.id)) {
    throw new StoreError('conflict', `there is a checkpoint ${record.id} already`)
  }
}

export function insertRecord(sql: Sql, record: CheckpointRecord): void {
  sql.run(
    `INSERT INTO checkpoints (id, project_id, at, step, reason, checksum, bytes, pinned, accuracy, version, name,
       accuracy_kind, loss, trained_to, class_ids, from_id, family)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.id,
    record.projectId,
    record.at,
    record.step,
    record.reason,
    record.checksum,
    record.bytes,
    Number(record.pinned),
    record.accuracy,
    record.version,
    record.name,
    record.accuracyKind,
    record.loss,
    record.trainedTo,
    JSON.stringify(record.classIds),
    record.fromId,
    record.family,
  )
}

/** The blob, or null where it is cut short or altered. */
export function readBlob(sql: Sql, record: CheckpointRecord): Uint8Array | null {
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

export function toRecord(row: Row): CheckpointRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    at: numberOf(row, 'at'),
    step: numberOf(row, 'step'),
    reason: choiceOf(row, 'reason', checkpointReasons),
    version: numberOf(row, 'version'),
    checksum: textOf(row, 'checksum'),
    bytes: numberOf(row, 'bytes'),
    pinned: flagOf(row, 'pinned'),
    name: textOrNull(row, 'name'),
    accuracy: numberOrNull(row, 'accuracy'),
    accuracyKind: row['accuracy_kind'] === null ? null : choiceOf(row, 'accuracy_kind', accuracyKinds),
    loss: numberOrNull(row, 'loss'),
    trainedTo: numberOf(row, 'trained_to'),
    classIds: textsOf(row, 'class_ids'),
    family: choiceOf(row, 'family', families),
    fromId: textOrNull(row, 'from_id'),
  }
}
