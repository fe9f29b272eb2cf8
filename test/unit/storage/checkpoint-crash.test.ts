import { describe, expect, it } from 'vitest'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { aCheckpoint, patternBytes } from '../../contract/store-records.ts'
import { refusal } from '../../contract/store-harness.ts'
import { MemoryDisk } from '../../fuzz/memory-store.ts'

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
    expect(chunks()).toEqual({ n: 2 })
    const cut = store.putCheckpoint(aCheckpoint('k2', blob), blob)
    const beside = store.putMeta('a', '1')
    await refusal(cut, 'conflict')
    expect(await beside).toBe('1')
    expect(chunks()).toEqual({ n: 2 })
    expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k1'])
    expect((await store.readCheckpoint('k1')).blob).toEqual(blob)
    disk.sql.connection.exec('DROP TRIGGER cut_off')
    void store.putCheckpoint(aCheckpoint('k3', blob), blob)
    disk.crash()
    const again = disk.open()
    expect((await again.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k1'])
    expect(chunks()).toEqual({ n: 2 })
  })
})
