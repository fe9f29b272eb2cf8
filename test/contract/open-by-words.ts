import type { Store } from '../../server/storage/store.ts'
import { openMongo } from './store-mongo.ts'
import { sqliteDriver } from './store-sqlite.ts'

/** The store that a driver's `writerArgs` name, for a process of its own. */
export function openByWords([dir, place]: readonly string[]): Promise<Store> {
  if (dir === undefined || place === undefined) throw new Error('give a folder and a driver or database')
  if (place.startsWith('mongodb')) return openMongo(place)
  if (place === 'better-sqlite3' || place === 'libsql') return sqliteDriver(place).open(dir)
  throw new Error(`there is no driver ${place}`)
}
