import { writeSync } from 'node:fs'
import type { Store } from '../../server/storage/store.ts'
import { openMongo } from './store-mongo.ts'
import { sqliteDriver } from './store-sqlite.ts'
import { aDrawing, anOpinion, fillStore } from './store-records.ts'

/*
 * A process to be killed: opens the store of a folder, labels drawings sixteen at a time without end and prints the
 * id of each one whose write resolved. Arguments: the folder, and the driver or the MongoDB database that stands for it.
 */
const [dir, place] = process.argv.slice(2)
if (dir === undefined || place === undefined) throw new Error('give a folder and a driver or database')
const store = await open(dir, place)
await fillStore(store)
await Promise.all(Array.from({ length: 16 }, (_, lane) => write(lane)))

async function write(lane: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `d${String(lane)}x${String(i)}`
    const update = store.appendCanvas('v1', new TextEncoder().encode(id), [])
    await store.addDrawing(aDrawing({ id, pageId: id }), anOpinion('c1', id), id)
    await update
    writeSync(1, `${id}\n`)
  }
}

function open(folder: string, driver: string): Promise<Store> {
  if (driver.startsWith('mongodb')) return openMongo(driver)
  if (driver === 'better-sqlite3' || driver === 'libsql') return sqliteDriver(driver).open(folder)
  throw new Error(`there is no driver ${driver}`)
}
