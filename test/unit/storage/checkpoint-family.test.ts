import { expect, test } from 'vitest'
import { toCheckpoint } from '../../../server/storage/mongo/checkpoints.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { migrations } from '../../../server/storage/sqlite/schema.ts'
import { aCheckpoint } from '../../contract/store-records.ts'

const { id, family, ...earlier } = aCheckpoint('k1', Uint8Array.of(1), { version: 1 })

test('[STORE-48] a checkpoint that an earlier version stored in SQLite is of the network there was', async () => {
  const connection = (await loadDriver(['better-sqlite3', 'libsql'])).open(':memory:')
  const adding = migrations.findIndex((script) => script.includes('ADD COLUMN family'))
  for (const script of migrations.slice(0, adding)) connection.exec(script)
  connection.exec('PRAGMA foreign_keys = OFF')
  connection
    .prepare(
      `INSERT INTO checkpoints (id, project_id, at, step, reason, checksum, bytes, pinned)
       VALUES ('k1', 'p1', 1, 1, 'stop', '', 0, 0)`,
    )
    .run()
  for (const script of migrations.slice(adding)) connection.exec(script)
  expect(connection.prepare('SELECT id, family FROM checkpoints').all()).toEqual([{ id: 'k1', family }])
  connection.close()
})

test('[STORE-48] a checkpoint that an earlier version stored in MongoDB is of the network there was', () => {
  const stored = { _id: id, ...earlier, number: 1, fileId: 'f1' }
  expect(toCheckpoint(stored).record).toEqual({ id, ...earlier, family })
  expect(toCheckpoint({ ...stored, family: 'mlp' }).record.family).toBe('mlp')
})
