import type { CheckpointRecord } from '../storage/records.ts'

/** Newest checkpoints that are kept whatever they are. */
export const NEWEST_KEPT = 5
/** Days (UTC, today included) of each of which the newest checkpoint is kept. */
export const DAYS_KEPT = 14
/** Checkpoints of a project that may be pinned or named at once: each is kept until somebody lets it go. */
export const MOST_HELD = 30
/** Least gain in held-out accuracy, in 0 to 1, and in drawings more that are right, that makes a new best. */
const LEAST_GAIN = 0.02
const LEAST_GAIN_DRAWINGS = 2

const DAY_MS = 86_400_000

type Kept = Pick<CheckpointRecord, 'id' | 'at' | 'reason' | 'pinned' | 'name' | 'accuracy' | 'accuracyKind'>

/** Pinned or named: somebody wants it, so that no policy may take it. */
export function isHeld({ pinned, name }: Pick<CheckpointRecord, 'pinned' | 'name'>): boolean {
  return pinned || name !== null
}

/** The checkpoint with the best accuracy on drawings kept aside, the newest of equals; `records` are newest first. */
export function bestCheckpoint<T extends Kept>(records: readonly T[]): T | null {
  let best: T | null = null
  for (const record of records)
    if (
      record.accuracyKind === 'test' &&
      record.accuracy !== null &&
      record.accuracy > (best?.accuracy ?? -1)
    )
      best = record
  return best
}

/**
 * Ids of the checkpoints to let go: all but the newest five, the best one, pinned and named ones, the newest of each
 * of the last 14 days, and the newest roll back with what was written just before it, which is the way forward again.
 * `records` are one project's, newest first; `now` is epoch ms.
 */
export function surplusCheckpoints(records: readonly Kept[], now: number): string[] {
  const kept = new Set(records.slice(0, NEWEST_KEPT).map(({ id }) => id))
  for (const record of records) if (isHeld(record)) kept.add(record.id)
  const best = bestCheckpoint(records)
  if (best) kept.add(best.id)
  const rolledBack = records.findIndex(({ reason }) => reason === 'rollback')
  if (rolledBack >= 0) for (const { id } of records.slice(rolledBack, rolledBack + 2)) kept.add(id)
  const today = dayOf(now)
  const days = new Set<number>()
  for (const { id, at } of records) {
    const day = dayOf(at)
    // A clock that went back must not make room for days that are still to come.
    if (day > today || day <= today - DAYS_KEPT || days.has(day)) continue
    days.add(day)
    kept.add(id)
  }
  return records.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
}

/**
 * Whether `right` of `of` drawings kept aside is better than `best` (a share, null before the first) by enough to be
 * more than chance of one drawing: two points, and two drawings.
 */
export function isNewBest({ right, of }: { right: number; of: number }, best: number | null): boolean {
  if (of === 0) return false
  return best === null || right / of - best >= Math.max(LEAST_GAIN, LEAST_GAIN_DRAWINGS / of) - 1e-9
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS)
}
