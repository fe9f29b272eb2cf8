import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../store.ts'
import type { Connection, Driver } from './driver.ts'
import { sqliteCode, toStoreError } from './errors.ts'
import { migrations } from './schema.ts'
import { Sql, numberOf } from './sql.ts'

const DATABASE = 'trainboard.sqlite'
const LOCK = 'lock.sqlite'
/** Says which process holds the lock; it means nothing while nobody does. */
const OWNER = 'server.pid'

export interface Database {
  readonly sql: Sql
  /** Writes the version of the schema anew. @throws StoreError as any write does */
  probe(): void
  close(): void
}

/**
 * Opens (or makes) the database of a data folder and holds the folder for this process until it is closed or dies.
 * @throws StoreError `locked` when another server has the folder, `unavailable` when it cannot be written or was
 * written by a newer version, `corrupt` when the file is no database.
 */
export function openDatabase(driver: Driver, dataDir: string): Database {
  makeFolder(dataDir)
  const lock = takeLock(driver, dataDir)
  let connection: Connection | null = null
  try {
    connection = driver.open(join(dataDir, DATABASE))
    // Full: every commit reaches the disk before it is acknowledged, also through macOS's drive cache.
    connection.exec('PRAGMA busy_timeout = 5000')
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec('PRAGMA synchronous = FULL')
    connection.exec('PRAGMA fullfsync = ON')
    connection.exec('PRAGMA foreign_keys = ON')
    const sql = new Sql(connection)
    migrate(sql, dataDir)
    noteOwner(dataDir)
    return {
      sql,
      probe: () => sql.connection.exec(`PRAGMA user_version = ${String(migrations.length)}`),
      close() {
        rmSync(join(dataDir, OWNER), { force: true })
        closeBoth(sql.connection, lock)
      },
    }
  } catch (error) {
    connection?.close()
    lock.close()
    throw toStoreError(error)
  }
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK)
  } catch (cause) {
    throw new StoreError('unavailable', `the data folder ${dataDir} cannot be written: ${wordsOf(cause)}`, {
      cause,
    })
  }
}

/** An open exclusive transaction on a file of its own: the operating system ends it with the process, however that dies. */
function takeLock(driver: Driver, dataDir: string): Connection {
  let lock: Connection | null = null
  try {
    lock = driver.open(join(dataDir, LOCK))
    lock.exec('PRAGMA busy_timeout = 0')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock?.close()
    if (sqliteCode(cause).startsWith('SQLITE_BUSY')) {
      const who = ownerOf(dataDir)
      throw new StoreError('locked', `the data folder ${dataDir} is in use by another server${who}`, {
        cause,
      })
    }
    throw new StoreError('unavailable', `the data folder ${dataDir} cannot be locked: ${wordsOf(cause)}`, {
      cause,
    })
  }
}

function migrate(sql: Sql, dataDir: string): void {
  const row = sql.connection.prepare('PRAGMA user_version').get()
  const version = numberOf(row as Record<string, unknown>, 'user_version')
  if (version > migrations.length) {
    throw new StoreError(
      'unavailable',
      `${join(dataDir, DATABASE)} was written by a newer version of Trainboard (schema ${String(version)}, known up to ${String(migrations.length)})`,
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

/** For the message to a second server alone, so that a disk that is full does not stop the first one. */
function noteOwner(dataDir: string): void {
  try {
    writeFileSync(join(dataDir, OWNER), String(process.pid))
  } catch {
    rmSync(join(dataDir, OWNER), { force: true })
  }
}

/** In words, with a space before; '' where it is not known. */
function ownerOf(dataDir: string): string {
  try {
    const pid = Number(readFileSync(join(dataDir, OWNER), 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? ` (process ${String(pid)})` : ''
  } catch {
    return ''
  }
}

function closeBoth(connection: Connection, lock: Connection): void {
  try {
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // A disk that is full: the log beside the database still holds everything.
  }
  try {
    connection.close()
  } finally {
    lock.close()
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
