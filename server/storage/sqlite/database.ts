import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../store.ts'
import { sweepPieces } from './checkpoints.ts'
import type { Connection, Driver } from './driver.ts'
import { sqliteCode, toStoreError } from './errors.ts'
import { migrate } from './migrate.ts'
import { migrations } from './schema.ts'
import { Sql } from './sql.ts'
import { makePrivate, sweepStaged } from './staged-file.ts'

const DATABASE = 'trainboard.sqlite'
const LOCK = 'lock.sqlite'
/** Says which process holds the lock; it means nothing while nobody does. */
const OWNER = 'server.pid'

export interface Database {
  readonly sql: Sql
  readonly driver: Driver
  readonly dataDir: string
  /** Path of the database. */
  readonly file: string
  /** Writes everything to the file itself and lets go of it; the folder stays held. */
  disconnect(): void
  /** Opens the file that lies there now. */
  connect(): void
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
  const file = join(dataDir, DATABASE)
  try {
    sweepStaged(dataDir)
    const sql = new Sql(connect(driver, file))
    noteOwner(dataDir)
    return {
      sql,
      driver,
      dataDir,
      file,
      disconnect: () => disconnect(sql.connection),
      connect: () => sql.use(connect(driver, file)),
      probe: () => sql.connection.exec(`PRAGMA user_version = ${String(migrations.length)}`),
      close() {
        try {
          leave(sql.connection)
        } finally {
          rmSync(join(dataDir, OWNER), { force: true })
          lock.close()
        }
      },
    }
  } catch (error) {
    lock.close()
    throw toStoreError(error)
  }
}

function connect(driver: Driver, file: string): Connection {
  makePrivate(file)
  const connection = driver.open(file)
  try {
    // Full: every commit reaches the disk before it is acknowledged, also through macOS's drive cache.
    connection.exec('PRAGMA busy_timeout = 5000')
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec('PRAGMA synchronous = FULL')
    connection.exec('PRAGMA fullfsync = ON')
    connection.exec('PRAGMA foreign_keys = ON')
    const sql = new Sql(connection)
    migrate(sql, file)
    sweepPieces(sql)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function disconnect(connection: Connection): void {
  connection.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  connection.close()
}

/** As `disconnect`, also where the disk is full: the log beside the database still holds everything. */
function leave(connection: Connection): void {
  try {
    disconnect(connection)
  } catch {
    connection.close()
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

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
