import { expect, it } from 'vitest'
import { lendStore } from '../../../server/storage/lent-store.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { refusal } from '../../contract/store-harness.ts'
import { aCheckpoint, patternBytes } from '../../contract/store-records.ts'
import { MemoryDisk } from '../../fuzz/memory-store.ts'

it('[BACKUP-19] what is asked of a store that was taken back is refused, and the store goes on', async () => {
  const sqlite = await loadDriver(['better-sqlite3', 'libsql'])
  const store = new MemoryDisk(sqlite, { commitMs: () => 0, answerMs: () => 0 }).open()
  const { lent, takeBack } = lendStore(store)
  const blob = patternBytes(100, 1)
  await lent.putCheckpoint(aCheckpoint('k1', blob), blob)
  await lent.check()
  expect(lent.info).toEqual(store.info)
  takeBack()
  await refusal(lent.putCheckpoint(aCheckpoint('k2', blob), blob), 'unavailable')
  await refusal(lent.listCheckpoints('p1'), 'unavailable')
  await refusal(lent.flush(), 'unavailable')
  await refusal(lent.check(), 'unavailable')
  await lent.close()
  expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k1'])
})
