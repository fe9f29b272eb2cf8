import { resolve } from 'node:path'
import type { Store } from './store.ts'
import type { DriverName } from './thread/rpc.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'

/** The part of the server's log that the store writes to. */
export interface StoreLog {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

export interface OpenStoreOptions {
  readonly dataDir: string
  readonly log: StoreLog
  /** SQLite drivers in order of preference. */
  readonly drivers?: readonly DriverName[]
}

/**
 * Opens the server's store, creating it in an empty folder, and reports damaged checkpoints to the log.
 * @throws StoreError `locked` when another server has the folder, `unavailable` when the folder cannot be written, no
 * driver loads or a newer version wrote it, `corrupt` when the file is no database.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const dataDir = resolve(options.dataDir)
  const store = await openSqliteStore(dataDir, options.drivers ?? ['better-sqlite3', 'libsql'], options.log)
  options.log.info({ dataDir, ...store.info }, `store opened: ${store.info.driver}`)
  return {
    ...store,
    latestCheckpoint: async (projectId) => {
      const latest = await store.latestCheckpoint(projectId)
      const damaged = latest?.damaged ?? (await store.listCheckpoints(projectId)).map(({ id }) => id)
      if (damaged.length > 0) {
        options.log.error({ projectId, damaged, used: latest?.record.id ?? null }, 'damaged checkpoints')
      }
      return latest
    },
  }
}
