import type { CheckpointInfo } from '../../shared/protocol/entities.ts'
import { CHECKPOINT_VERSION, type CheckpointRecord } from '../storage/records.ts'

/** What people are told of a checkpoint; `damaged`: its blob was found not to be what was written. */
export function toCheckpointInfo(record: CheckpointRecord, damaged = false): CheckpointInfo {
  const { id, at, step, reason, bytes, pinned, name } = record
  const { accuracy, accuracyKind, loss, trainedTo, classIds, family, fromId } = record
  const problem = isNewer(record) ? 'newer' : damaged ? 'damaged' : null
  return {
    ...{ id, at, step, reason, bytes, pinned, name, accuracy, accuracyKind, loss, trainedTo, family, fromId },
    classes: classIds.length,
    problem,
  }
}

/** Written by a server of a newer version, in a shape that this one cannot read. */
export function isNewer({ version }: Pick<CheckpointRecord, 'version'>): boolean {
  return version > CHECKPOINT_VERSION
}
