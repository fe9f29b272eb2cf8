import type { CheckpointInfo } from '../../shared/protocol/entities.ts'
import type { DeletionRecord } from '../storage/records.ts'

/**
 * Which of a project's checkpoints still carry what was learned from deleted drawings. Before the deletion those that
 * had learned from the first of them; after it all, since weights do not unlearn, until a state that had not is taken up
 * again.
 */
export function carriersOf(
  { at, firstSeq }: Pick<DeletionRecord, 'at' | 'firstSeq'>,
  checkpoints: readonly CheckpointInfo[],
): CheckpointInfo[] {
  const known = new Set(checkpoints.map(({ id }) => id))
  const carriers = new Set<string>()
  let goesOn = true
  for (const checkpoint of [...checkpoints].sort((a, b) => a.at - b.at)) {
    const { id, reason, fromId, trainedTo } = checkpoint
    if (checkpoint.at > at && reason === 'rollback' && fromId !== null && known.has(fromId))
      goesOn = carriers.has(fromId)
    if (trainedTo >= firstSeq && (checkpoint.at <= at || goesOn)) carriers.add(id)
  }
  return checkpoints.filter(({ id }) => carriers.has(id))
}
