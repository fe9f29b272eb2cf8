import type { DrawingCounts } from '../../../shared/protocol/entities.ts'
import type { DrawingPlace } from './drawing-rows.ts'
import { numberOf, textOf, type Sql } from './sql.ts'

/** The pile of drawings without an opinion; class ids are never empty. */
const TO_SORT = ''

/** Counts are kept as drawings move, so that reading them costs a row a class and split, however many drawings there are. */
export function moveCount(sql: Sql, before: DrawingPlace | null, after: DrawingPlace | null): void {
  if (before) adjust(sql, before, -1)
  if (after) adjust(sql, after, 1)
}

export function readCounts(sql: Sql, projectId: string): DrawingCounts {
  const byClass: Record<string, number> = {}
  let toSort = 0
  let keptAside = 0
  let total = 0
  const rows = sql.all(
    'SELECT pile, split, count FROM drawing_counts WHERE project_id = ? AND count > 0',
    projectId,
  )
  for (const row of rows) {
    const pile = textOf(row, 'pile')
    const count = numberOf(row, 'count')
    if (pile === TO_SORT) {
      toSort += count
      continue
    }
    byClass[pile] = (byClass[pile] ?? 0) + count
    total += count
    if (textOf(row, 'split') !== 'train') keptAside += count
  }
  return { byClass, toSort, keptAside, total }
}

function adjust(sql: Sql, place: DrawingPlace, by: number): void {
  const pile = place.toSort ? TO_SORT : place.classId
  if (place.withdrawn || pile === null) return
  sql.run(
    `INSERT INTO drawing_counts (project_id, pile, split, count) VALUES (?, ?, ?, ?)
     ON CONFLICT (project_id, pile, split) DO UPDATE SET count = count + excluded.count`,
    place.projectId,
    pile,
    place.split,
    by,
  )
}
