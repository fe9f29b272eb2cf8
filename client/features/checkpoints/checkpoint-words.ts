import type { CheckpointInfo, CheckpointReport } from '../../../shared/protocol/entities.ts'

/** A message key below `record.checkpoints.reason` with its values. */
export interface ReasonWords {
  readonly key: string
  readonly values: Readonly<Record<string, string>>
}

/** Why a checkpoint was written; `when` says a moment (epoch ms) in words. */
export function reasonWords(
  { reason, fromId }: CheckpointInfo,
  all: readonly CheckpointInfo[],
  when: (at: number) => string,
): ReasonWords {
  if (reason !== 'rollback') return { key: reason, values: {} }
  const from = all.find(({ id }) => id === fromId)
  return from
    ? { key: 'rollback', values: { from: from.name ?? when(from.at) } }
    : { key: 'rollbackGone', values: {} }
}

export interface ListChange {
  readonly added: CheckpointInfo | null
  readonly changed: CheckpointInfo | null
  readonly removed: readonly string[]
}

/** The list after a change, newest first. */
export function withChange(
  list: readonly CheckpointInfo[],
  { added, changed, removed }: ListChange,
): readonly CheckpointInfo[] {
  const gone = new Set(removed)
  const news = [added, changed].filter((one) => one !== null)
  const kept = list.filter(({ id }) => !gone.has(id) && !news.some((one) => one.id === id))
  return [...news, ...kept].sort((a, b) => b.at - a.at || b.step - a.step)
}

export type Side = 'a' | 'b'

export interface ClassRow {
  readonly classId: string
  readonly a: Score | null
  readonly b: Score | null
  /** Null where neither is better. */
  readonly better: Side | null
}
interface Score {
  readonly right: number
  readonly of: number
}

/** Two reports class by class, in the order of `classIds`; a class of which neither saw a drawing is left out. */
export function classRows(
  a: CheckpointReport,
  b: CheckpointReport,
  classIds: readonly string[],
): readonly ClassRow[] {
  return classIds.flatMap((classId) => {
    const [left, right] = [scoreOf(a, classId), scoreOf(b, classId)]
    if (!left && !right) return []
    return [{ classId, a: left, b: right, better: higher(shareOf(left), shareOf(right)) }]
  })
}

/** Which side is better where more is better; null for equals and where either is unknown. */
export function higher(a: number | null, b: number | null): Side | null {
  if (a === null || b === null || a === b) return null
  return a > b ? 'a' : 'b'
}

function scoreOf({ perClass }: CheckpointReport, classId: string): Score | null {
  const found = perClass.find((one) => one.classId === classId)
  return found && found.of > 0 ? found : null
}

function shareOf(score: Score | null): number | null {
  return score && score.right / score.of
}
