import { spawnWorker } from '../../ops/spawn-worker.ts'
import type { Store } from '../store.ts'
import { Line } from '../thread/line.ts'
import { storeOver } from '../thread/store-over.ts'
import { placeOf } from './mongo-url.ts'
import type { MongoThreadOptions } from './thread-options.ts'

/**
 * Opens the store of a MongoDB database in a thread of its own.
 * @throws StoreError as `openDatabase` does
 */
export async function openMongoStore(
  options: MongoThreadOptions,
  log: { error(details: object, message: string): void },
): Promise<Store> {
  const { line, driver } = await Line.open({
    spawn: () =>
      spawnWorker('store-mongo', new URL('./store-worker.ts', import.meta.url), { workerData: options }),
    told: (message, err) => log.error({ err, database: placeOf(options.url) }, message),
  })
  return storeOver(line, {
    driver,
    durability:
      'a resolved write is in the journals of most members: it survives a killed process, a power loss and a lost primary',
  })
}
