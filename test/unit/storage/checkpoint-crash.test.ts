import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../server/storage/open.ts'
import { Sql } from '../../../server/storage/sqlite/sql.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { aCheckpoint, patternBytes } from '../../contract/store-records.ts'
import { refusal } from '../../contract/store-harness.ts'
import { MemoryDisk } from '../../fuzz/memory-store.ts'
import { temporaryFolder } from '../../support/built-server.ts'

const log = { info: () => undefined, error: () => undefined }
const sqlite = await loadDriver(['better-sqlite3', 'libsql'])

describe('a checkpoint that is cut off', () => {
  it('[STORE-46] leaves nothing of its blob where its record is not written, and what was asked beside it stands', async () => {
    const disk = new MemoryDisk(sqlite, { commitMs: () => 0, answerMs: () => 0 })
    const store = disk.open()
    const blob = patternBytes(1_600_000, 1)
    await store.putCheckpoint(aCheckpoint('k1', blob), blob)
    disk.sql.connection.exec(
      `CREATE TRIGGER cut_off BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'cut off'); END`,
    )
    const chunks = (): unknown => disk.sql.get('SELECT count(*) AS n FROM checkpoint_chunks')
    expect(chunks()).toEqual({ n: 4 })
    const cut = store.putCheckpoint(aCheckpoint('k2', blob), blob)
    const beside = store.putMeta('a', '1')
    await refusal(cut, 'conflict')
    expect(await beside).toBe('1')
    expect(chunks()).toEqual({ n: 4 })
    expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k1'])
    expect(Buffer.from((await store.readCheckpoint('k1')).blob).equals(blob)).toBe(true)
    disk.sql.connection.exec('DROP TRIGGER cut_off')
    void store.putCheckpoint(aCheckpoint('k3', blob), blob)
    disk.crash()
    const again = disk.open()
    expect((await again.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k1'])
    expect(chunks()).toEqual({ n: 4 })
  })

  it('[STORE-46] leaves nothing of its blob where its record fails after the pieces, or the process died between them', async () => {
    const dataDir = temporaryFolder()
    const blob = patternBytes(1_600_000, 1)
    const chunks = (): unknown =>
      beside(dataDir, (all) => all.get('SELECT count(*) AS n FROM checkpoint_chunks'))
    const store = await openStore({ dataDir, log })
    beside(dataDir, (all) => {
      all.connection.exec(
        `CREATE TRIGGER cut_off BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'cut off'); END`,
      )
    })
    await refusal(store.putCheckpoint(aCheckpoint('k1', blob), blob), 'conflict')
    expect(chunks()).toEqual({ n: 0 })
    beside(dataDir, (all) => {
      all.connection.exec('DROP TRIGGER cut_off')
      all.run('INSERT INTO checkpoint_chunks (checkpoint_id, number, bytes) VALUES (?, ?, ?)', 'k1', 0, blob)
    })
    await store.close()
    const again = await openStore({ dataDir, log })
    expect(chunks()).toEqual({ n: 0 })
    await again.putCheckpoint(aCheckpoint('k1', blob), blob)
    expect(Buffer.from((await again.readCheckpoint('k1')).blob).equals(blob)).toBe(true)
    await again.close()
  })
})

it('[STORE-73] what is asked while a large checkpoint is written is answered between its pieces', async () => {
  const store = await openStore({ dataDir: temporaryFolder(), log })
  const blob = patternBytes(16 << 20, 1)
  const answered: string[] = []
  const checkpoint = store
    .putCheckpoint(aCheckpoint('k1', blob), blob)
    .then(() => answered.push('checkpoint'))
  for (const key of ['a', 'b', 'c', 'd']) answered.push(await store.putMeta(key, key))
  await checkpoint
  expect(answered).toEqual(['a', 'b', 'c', 'd', 'checkpoint'])
  void store.putCheckpoint(aCheckpoint('k2', blob), blob)
  await store.flush()
  expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k2', 'k1'])
  await store.close()
})

/** Over a connection of its own, beside that of the store. */
function beside<T>(dataDir: string, use: (all: Sql) => T): T {
  const connection = sqlite.open(join(dataDir, 'trainboard.sqlite'))
  try {
    return use(new Sql(connection))
  } finally {
    connection.close()
  }
}
