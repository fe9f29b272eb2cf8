import { describe, expect, it } from 'vitest'
import { loadDriver } from '../../server/storage/sqlite/driver.ts'
import { MemoryDisk } from '../fuzz/memory-store.ts'
import { canvasContract } from './store-canvases.ts'
import { deletionContract } from './store-deletions.ts'
import { drawingContract } from './store-drawings.ts'
import { findingContract } from './store-findings.ts'
import type { StoreDriver } from './store-harness.ts'
import { checkpointContract } from './store-checkpoints.ts'
import { historyContract } from './store-history.ts'
import { projectContract } from './store-projects.ts'
import { fillStore } from './store-records.ts'

const AT_ONCE = { commitMs: () => 0, answerMs: () => 0 }
const sqlite = await loadDriver(['better-sqlite3', 'libsql'])
const disks = new Map<string, MemoryDisk>()

const driver: StoreDriver = {
  name: 'memory',
  heldBy: (dir) => dir,
  writerArgs: () => [],
  open(dir) {
    const disk = disks.get(dir) ?? new MemoryDisk(sqlite, AT_ONCE)
    disks.set(dir, disk)
    return Promise.resolve(disk.open())
  },
  damageCheckpoint(dir, checkpointId) {
    disks
      .get(dir)
      ?.sql.run(
        `UPDATE checkpoint_chunks SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE checkpoint_id = ?`,
        checkpointId,
      )
    return Promise.resolve()
  },
  putTraining(dir, projectId, training) {
    disks
      .get(dir)
      ?.sql.run('UPDATE projects SET training = ? WHERE id = ?', JSON.stringify(training), projectId)
    return Promise.resolve()
  },
}

// Its life ends with the process, so that the suite on durability is not for it.
describe('store over memory', () => {
  projectContract(driver)
  canvasContract(driver)
  drawingContract(driver)
  findingContract(driver)
  deletionContract(driver)
  historyContract(driver)
  checkpointContract(driver)

  it('[FUZZ-6] a crash loses what was not committed, answers nobody any more, and keeps what was acknowledged', async () => {
    const disk = new MemoryDisk(sqlite, AT_ONCE)
    const store = disk.open()
    await fillStore(store)
    await store.putMeta('a', '1')
    let answered = false
    void store.putMeta('b', '2').then(() => (answered = true))
    disk.crash()
    const again = disk.open()
    expect(await again.getMeta('a')).toBe('1')
    expect(await again.getMeta('b')).toBeNull()
    expect(answered).toBe(false)
  })
})
