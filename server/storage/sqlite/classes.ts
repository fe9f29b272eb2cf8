import { nameKey } from '../../../shared/protocol/text.ts'
import type { ClassRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { flagOf, numberOf, textOf, type Row, type Sql } from './sql.ts'

export function classOperations(sql: Sql): Pick<StoreOperations, 'listClasses' | 'putClass'> {
  return {
    listClasses: (projectId) =>
      sql.all('SELECT * FROM classes WHERE project_id = ? ORDER BY number, id', projectId).map(toClass),
    putClass: (record) => writeClass(sql, record),
  }
}

/** @throws StoreError `conflict` naming the class that has the name or the number. */
export function writeClass(sql: Sql, record: ClassRecord): void {
  const known = sql.get('SELECT project_id FROM classes WHERE id = ?', record.id)
  if (known && textOf(known, 'project_id') !== record.projectId) {
    throw new StoreError('conflict', `class ${record.id} belongs to another project`)
  }
  const key = nameKey(record.name)
  if (!record.removed) refuseTaken(sql, record, key)
  sql.run(
    `INSERT INTO classes (id, project_id, name, name_key, number, removed) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
       number = excluded.number, removed = excluded.removed`,
    record.id,
    record.projectId,
    record.name,
    key,
    record.number,
    Number(record.removed),
  )
}

function refuseTaken(sql: Sql, { id, projectId, name, number }: ClassRecord, key: string): void {
  const other = sql.get(
    `SELECT name_key FROM classes
     WHERE project_id = ? AND removed = 0 AND id <> ? AND (name_key = ? OR number = ?) LIMIT 1`,
    projectId,
    id,
    key,
    number,
  )
  if (!other) return
  const what = textOf(other, 'name_key') === key ? `called '${name}'` : `with number ${String(number)}`
  throw new StoreError('conflict', `there is a class ${what} already`)
}

export function toClass(row: Row): ClassRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    name: textOf(row, 'name'),
    number: numberOf(row, 'number'),
    removed: flagOf(row, 'removed'),
  }
}
