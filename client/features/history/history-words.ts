import type { HistoryItem } from '../../../shared/protocol/entities.ts'

/** Whether the first guess was what it was in the end; `open` while nobody has said what it was. */
export type Outcome = 'right' | 'wrong' | 'open'
export type Shown = 'all' | 'right' | 'wrong'

export function outcomeOf({ guess, truthClassId }: HistoryItem): Outcome {
  if (truthClassId === null) return 'open'
  return guess[0]?.classId === truthClassId ? 'right' : 'wrong'
}

export function shownOf(items: readonly HistoryItem[], shown: Shown): readonly HistoryItem[] {
  return shown === 'all' ? items : items.filter((item) => outcomeOf(item) === shown)
}
