import { describe, it } from 'vitest'
import { loadDriver } from '../../server/storage/sqlite/driver.ts'
import { describeStore } from './store-contract.ts'
import { sqliteDriver } from './store-sqlite.ts'

for (const name of ['better-sqlite3', 'libsql'] as const) {
  const problem = await loadDriver([name]).then(
    () => null,
    (error: unknown) => String(error),
  )
  if (problem === null) {
    describeStore(sqliteDriver(name))
  } else {
    console.warn(`SKIPPED: the store's contract over ${name}, which does not load: ${problem}`)
    describe.skipIf(process.env['CI'] === undefined)(`store over sqlite (${name})`, () => {
      it('loads', () => {
        throw new Error(problem)
      })
    })
  }
}
