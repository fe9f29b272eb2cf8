import type { DrawingFilter } from '../records.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import type { SqlValue } from './driver.ts'
import { findDrawing } from './drawing-rows.ts'
import { limited } from '../limited.ts'
import { numberOf, textOf, type Sql } from './sql.ts'

const MOST_LISTED = 1_000

export function findingOperations(sql: Sql): Pick<StoreOperations, 'findDrawings'> {
  return {
    findDrawings(projectId, filter, before, limit) {
      const most = limited(limit, MOST_LISTED)
      const { text, values } = foundIds(projectId, filter, before)
      const rows = sql.all(text, ...values, most + 1)
      const items = rows.slice(0, most).flatMap((row) => findDrawing(sql, textOf(row, 'id')) ?? [])
      const last = rows[most - 1]
      return { items, next: rows.length > most && last ? numberOf(last, 'seq') : null }
    },
  }
}

/**
 * The query that finds a page's ids. It reads one index alone, in its order: that of the author where one is asked for,
 * else that of the class, the split or the mark.
 */
export function foundIds(
  projectId: string,
  { classId, userId, split, withdrawn }: DrawingFilter,
  before: number | null,
): { readonly text: string; readonly values: readonly SqlValue[] } {
  const terms = ['project_id = ?', 'seq < ?']
  const values: SqlValue[] = [projectId, before ?? Number.MAX_SAFE_INTEGER]
  const ask = (term: string, ...asked: SqlValue[]): void => {
    terms.push(term)
    values.push(...asked)
  }
  if (userId !== undefined) ask('user_id = ?', userId)
  if (classId === null) ask('class_id IS NULL')
  else if (classId !== undefined) ask('class_id = ?', classId)
  if (split !== undefined) ask('split = ?', split)
  if (withdrawn !== undefined) ask(`withdrawn = ${withdrawn ? '1' : '0'}`)
  const from = userId === undefined ? 'id, seq FROM drawings' : 'drawing_id AS id, seq FROM drawing_authors'
  return { text: `SELECT ${from} WHERE ${terms.join(' AND ')} ORDER BY seq DESC LIMIT ?`, values }
}
