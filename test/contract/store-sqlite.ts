import { join } from 'node:path'
import { loadDriver } from '../../server/storage/sqlite/driver.ts'
import type { DriverName } from '../../server/storage/thread/rpc.ts'
import { openStore } from '../../server/storage/open.ts'
import type { StoreDriver } from './store-harness.ts'

export function sqliteDriver(name: DriverName): StoreDriver {
  return {
    name: `sqlite (${name})`,
    heldBy: (dir) => dir,
    writerArgs: () => [name],
    open: (dataDir) =>
      openStore({ dataDir, log: { info: () => undefined, error: () => undefined }, drivers: [name] }),
    async damageCheckpoint(dir, checkpointId) {
      const driver = await loadDriver([name])
      const connection = driver.open(join(dir, 'trainboard.sqlite'))
      connection
        .prepare(
          `UPDATE checkpoint_chunks SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE checkpoint_id = ?`,
        )
        .run(checkpointId)
      connection.close()
    },
    async putTraining(dir, projectId, training) {
      const driver = await loadDriver([name])
      const connection = driver.open(join(dir, 'trainboard.sqlite'))
      connection
        .prepare('UPDATE projects SET training = ? WHERE id = ?')
        .run(JSON.stringify(training), projectId)
      connection.close()
    },
  }
}
