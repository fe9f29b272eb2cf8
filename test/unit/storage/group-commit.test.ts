import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../../server/storage/sqlite/driver.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { runGroup } from '../../../server/storage/sqlite/group-commit.ts'
import { storeOperations } from '../../../server/storage/sqlite/operations.ts'
import type { StoreReply, StoreRequest } from '../../../server/storage/thread/rpc.ts'
import { migrations } from '../../../server/storage/sqlite/schema.ts'
import { Sql } from '../../../server/storage/sqlite/sql.ts'

let connection: Connection

beforeEach(async () => {
  connection = (await loadDriver(['better-sqlite3', 'libsql'])).open(':memory:')
  for (const script of migrations) connection.exec(script)
})
afterEach(() => {
  connection.close()
})

const write = (id: number, key: string): StoreRequest => ({ id, method: 'putMeta', args: [key, 'value'] })
const read = (id: number, key: string): StoreRequest => ({ id, method: 'getMeta', args: [key] })
const codes = (replies: readonly StoreReply[]) => replies.map((reply) => (reply.ok ? 'ok' : reply.error.code))

describe('group commit', () => {
  it('[STORE-39] commits a group once and lets a read see the writes asked before it', () => {
    const executed: string[] = []
    const sql = new Sql(recording(connection, executed))
    const replies = runGroup(sql, storeOperations(sql), [write(1, 'a'), read(2, 'a'), write(3, 'b')])
    expect(replies[1]).toEqual({ id: 2, ok: true, result: 'value' })
    expect(executed.filter((text) => text === 'COMMIT')).toHaveLength(1)
  })

  it('[STORE-39] opens no transaction for reads alone', () => {
    const executed: string[] = []
    const sql = new Sql(recording(connection, executed))
    runGroup(sql, storeOperations(sql), [read(1, 'a'), read(2, 'b')])
    expect(executed.some((text) => text.startsWith('BEGIN'))).toBe(false)
  })

  it('[STORE-40] a commit that fails tells every write of the group that nothing was written', () => {
    const sql = new Sql(failingCommit(connection))
    const replies = runGroup(sql, storeOperations(sql), [write(1, 'a'), write(2, 'b')])
    expect(codes(replies)).toEqual(['unavailable', 'unavailable'])
    expect(replies.map((reply) => (reply.ok ? '' : reply.error.message)).join()).toContain('disk is full')
    const calm = new Sql(connection)
    expect(codes(runGroup(calm, storeOperations(calm), [read(3, 'a')]))).toEqual(['ok'])
    expect(runGroup(calm, storeOperations(calm), [read(4, 'a')])[0]).toMatchObject({ result: null })
  })

  it('[STORE-40] when a write makes SQLite drop the transaction, the writes before it are refused too', () => {
    const sql = new Sql(connection)
    const operations = {
      ...storeOperations(sql),
      putUser: () => {
        connection.exec('ROLLBACK')
        throw new Error('out of memory')
      },
    }
    const user = { id: 'u', name: 'n', animal: 'owl', pen: 1, createdAt: 1 } as const
    const replies = runGroup(sql, operations, [
      write(1, 'a'),
      { id: 2, method: 'putUser', args: [user] },
      write(3, 'c'),
    ])
    expect(codes(replies)).toEqual(['unavailable', 'unavailable', 'ok'])
    expect(runGroup(sql, operations, [read(4, 'a'), read(5, 'c')])).toEqual([
      { id: 4, ok: true, result: null },
      { id: 5, ok: true, result: 'value' },
    ])
  })
})

function recording(inner: Connection, executed: string[]): Connection {
  return wrapped(inner, (text) => executed.push(text))
}

function failingCommit(inner: Connection): Connection {
  return wrapped(inner, (text) => {
    if (text === 'COMMIT') throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  })
}

/** A connection that calls `before` with the text of each statement that is run. */
function wrapped(inner: Connection, before: (text: string) => void): Connection {
  return {
    get inTransaction() {
      return inner.inTransaction
    },
    exec: (text) => inner.exec(text),
    close: () => inner.close(),
    prepare(text) {
      const statement = inner.prepare(text)
      return {
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
        run(...values) {
          before(text)
          return statement.run(...values)
        },
      }
    },
  }
}
