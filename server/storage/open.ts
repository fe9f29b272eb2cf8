import { resolve } from 'node:path'
import type { Store } from './store.ts'
import type { DriverName } from './thread/rpc.ts'
import { openMongoStore } from './mongo/mongo-store.ts'
import { placeOf } from './mongo/mongo-url.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'

/** The part of the server's log that the store writes to. */
export interface StoreLog {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

export interface OpenStoreOptions {
  /** Where SQLite keeps the data; not touched where there is a `mongodbUrl`. */
  readonly dataDir: string
  /** The database to use instead; null or left out for SQLite. */
  readonly mongodbUrl?: string | null
  /** Days for which a MongoDB that can deletes predictions by itself; 0, or left out, for never. */
  readonly keepPredictionsDays?: number
  readonly log: StoreLog
  /** SQLite drivers in order of preference. */
  readonly drivers?: readonly DriverName[]
}

/**
 * Opens the server's store, creating it in an empty folder or database.
 * @throws StoreError `locked` when another server has the folder or database, `unavailable` when the folder cannot be
 * written, the database does not answer, no driver loads or a newer version wrote it, `corrupt` when the file is no
 * database.
 */
export function openStore(options: OpenStoreOptions): Promise<Store> {
  return options.mongodbUrl ? openMongo(options, options.mongodbUrl) : openSqlite(options)
}

async function openSqlite(options: OpenStoreOptions): Promise<Store> {
  const dataDir = resolve(options.dataDir)
  const store = await openSqliteStore(dataDir, options.drivers ?? ['better-sqlite3', 'libsql'], options.log)
  options.log.info({ dataDir, ...store.info }, `store opened: ${store.info.driver}`)
  return store
}

async function openMongo({ keepPredictionsDays = 0, log }: OpenStoreOptions, url: string): Promise<Store> {
  const store = await openMongoStore({ url, keepPredictionsDays }, log)
  log.info({ database: placeOf(url), ...store.info }, `store opened: ${store.info.driver}`)
  return store
}
