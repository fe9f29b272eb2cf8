import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../../server/storage/open.ts'
import { openDatabase } from '../../../server/storage/sqlite/database.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { refusal } from '../../contract/store-harness.ts'

const isRoot = process.getuid?.() === 0
if (isRoot) process.stderr.write('SKIPPED: a folder that cannot be written, since root can write any\n')

let dir: string
const log = { info: () => undefined, error: () => undefined }

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trainboard-open-'))
})
afterEach(() => {
  chmodSync(dir, 0o700)
  rmSync(dir, { recursive: true, force: true })
})

describe('opening the SQLite store', () => {
  it('[STORE-34] says in the log which driver serves which folder', async () => {
    const lines: unknown[] = []
    const store = await openStore({
      dataDir: join(dir, 'made', 'on', 'the', 'way'),
      log: { ...log, info: (details) => lines.push(details) },
    })
    await store.close()
    expect(lines).toEqual([{ dataDir: join(dir, 'made', 'on', 'the', 'way'), ...store.info }])
  })

  it.skipIf(process.platform === 'win32')('[STORE-74] its files are read by their owner alone', async () => {
    chmodSync(dir, 0o755)
    const store = await openStore({ dataDir: dir, log })
    await store.putMeta('a', 'b')
    for (const name of ['trainboard.sqlite', 'trainboard.sqlite-wal'])
      expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600)
    await store.close()
  })

  it('[STORE-35] refuses a folder that is a file, naming it', async () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    const error = await refusal(openStore({ dataDir: file, log }), 'unavailable')
    expect(error.message).toContain(file)
  })

  it.skipIf(isRoot)('[STORE-35] refuses a folder that cannot be written', async () => {
    chmodSync(dir, 0o500)
    const error = await refusal(openStore({ dataDir: dir, log }), 'unavailable')
    expect(error.message).toContain('cannot be written')
  })

  it('[STORE-36] refuses a file that is no database and leaves it as it is', async () => {
    writeFileSync(
      join(dir, 'trainboard.sqlite'),
      'not a database, but long enough to be read as one'.repeat(99),
    )
    await refusal(openStore({ dataDir: dir, log }), 'corrupt')
    await refusal(openStore({ dataDir: dir, log }), 'corrupt')
  })

  it('[STORE-37] refuses a database of a newer version and leaves it as it is', async () => {
    const driver = await loadDriver(['better-sqlite3', 'libsql'])
    const database = openDatabase(driver, dir)
    database.sql.connection.exec('PRAGMA user_version = 99')
    database.close()
    const error = await refusal(openStore({ dataDir: dir, log }), 'unavailable')
    expect(error.message).toContain('newer version')
  })

  it('[STORE-38] names what to install when no driver loads', async () => {
    const error = await refusal(loadDriver([]), 'unavailable')
    expect(error.message).toContain('npm install')
  })
})
