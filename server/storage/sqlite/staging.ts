import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../store.ts'
import type { RestoreMethod, StoreOperations } from '../thread/rpc.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { makePrivate, STAGED, sweepStaged } from './staged-file.ts'
import { completeStaged, highestGeneration, stagedWriter } from './staged-rows.ts'
import { Sql } from './sql.ts'

interface Staging {
  readonly sql: Sql
  readonly write: ReturnType<typeof stagedWriter>
}

/**
 * A restore fills a second database beside the live one and then takes its place by one rename: whatever ends the
 * process, the folder holds the old records or the new ones.
 */
export function restoreOperations(database: Database): Pick<StoreOperations, RestoreMethod> {
  const { dataDir, driver } = database
  let staging: Staging | null = null

  const end = (): void => {
    staging?.sql.connection.close()
    staging = null
    sweepStaged(dataDir)
  }
  const current = (): Staging => {
    if (!staging) throw new StoreError('conflict', 'no restore is under way')
    return staging
  }

  return {
    beginRestore() {
      if (staging) throw new StoreError('conflict', 'a restore is under way already')
      sweepStaged(dataDir)
      const file = join(dataDir, STAGED)
      makePrivate(file)
      const connection = driver.open(file)
      try {
        // Until it is complete nobody needs it: it reaches the disk as a whole, at the end.
        connection.exec('PRAGMA journal_mode = MEMORY')
        connection.exec('PRAGMA synchronous = OFF')
        connection.exec('PRAGMA foreign_keys = OFF')
        const sql = new Sql(connection)
        migrate(sql, STAGED)
        staging = { sql, write: stagedWriter(sql) }
      } catch (error) {
        connection.close()
        sweepStaged(dataDir)
        throw error
      }
    },
    writeRecords(records) {
      const { sql, write } = current()
      inTransaction(sql, () => {
        for (const record of records) write(record)
      })
    },
    commitRestore() {
      const { sql } = current()
      try {
        inTransaction(sql, () => completeStaged(sql, highestGeneration(database.sql)))
        sql.connection.close()
        staging = null
        flushFile(join(dataDir, STAGED))
        takePlace(database)
      } finally {
        end()
      }
    },
    abortRestore: end,
  }
}

/** The rename is the one moment at which the old records become the new ones; the log beside the old ones must be gone by then. */
function takePlace(database: Database): void {
  const { dataDir, file } = database
  database.disconnect()
  try {
    const log = `${file}-wal`
    if (existsSync(log) && statSync(log).size > 0)
      throw new StoreError('unavailable', `another program uses ${file}: its log is not empty`)
    for (const side of ['-wal', '-shm']) rmSync(file + side, { force: true })
    renameSync(join(dataDir, STAGED), file)
    flushFile(dataDir)
  } finally {
    database.connect()
  }
}

function inTransaction(sql: Sql, work: () => void): void {
  sql.run('BEGIN IMMEDIATE')
  try {
    work()
    sql.run('COMMIT')
  } catch (error) {
    if (sql.connection.inTransaction) sql.run('ROLLBACK')
    throw error
  }
}

/** Makes a file's bytes, or a folder's names, survive a power loss. */
function flushFile(path: string): void {
  // Windows opens no folders; its file system writes names in order by itself.
  if (process.platform === 'win32' && statSync(path).isDirectory()) return
  const file = openSync(path, process.platform === 'win32' ? 'r+' : 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
