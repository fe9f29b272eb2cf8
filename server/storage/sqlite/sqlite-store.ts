import { spawnWorker } from '../../ops/spawn-worker.ts'
import type { Store } from '../store.ts'
import { Line } from '../thread/line.ts'
import type { DriverName, ThreadOptions } from '../thread/rpc.ts'
import { storeOver } from '../thread/store-over.ts'

/**
 * Opens the store of a data folder in a thread of its own, with the first of `drivers` that loads.
 * @throws StoreError `locked`, `unavailable` or `corrupt`, see `openDatabase` and `loadDriver`.
 */
export async function openSqliteStore(
  dataDir: string,
  drivers: readonly DriverName[],
  log: { error(details: object, message: string): void },
): Promise<Store> {
  const workerData: ThreadOptions = { dataDir, drivers }
  const { line, driver } = await Line.open({
    spawn: () => spawnWorker('store', new URL('./store-worker.ts', import.meta.url), { workerData }),
    told: (message, err) => log.error({ err, dataDir }, message),
  })
  return storeOver(line, {
    driver: `sqlite (${driver})`,
    durability: 'a resolved write is on the disk: it survives a killed process and a power loss',
  })
}
