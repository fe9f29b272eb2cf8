import { StoreError } from '../store.ts'
import { migrations } from './schema.ts'
import { numberOf, type Sql } from './sql.ts'

/**
 * Brings a database to this version's schema, one transaction a step.
 * @param file its name in words
 * @throws StoreError `unavailable` where a newer version wrote it
 */
export function migrate(sql: Sql, file: string): void {
  const row = sql.connection.prepare('PRAGMA user_version').get()
  const version = numberOf(row as Record<string, unknown>, 'user_version')
  if (version > migrations.length) {
    throw new StoreError(
      'unavailable',
      `${file} was written by a newer version of Trainboard (schema ${String(version)}, known up to ${String(migrations.length)})`,
    )
  }
  for (const [index, script] of migrations.entries()) {
    if (index < version) continue
    sql.connection.exec('BEGIN IMMEDIATE')
    try {
      sql.connection.exec(script)
      sql.connection.exec(`PRAGMA user_version = ${String(index + 1)}`)
      sql.connection.exec('COMMIT')
    } catch (error) {
      if (sql.connection.inTransaction) sql.connection.exec('ROLLBACK')
      throw error
    }
  }
}
