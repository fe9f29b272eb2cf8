import { StoreError } from '../store.ts'
import type { DriverName } from '../thread/rpc.ts'

export type SqlValue = string | number | null | Uint8Array

export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number }
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

/** What both drivers have in common and the store uses. */
export interface Connection {
  readonly inTransaction: boolean
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): unknown
}

export interface Driver {
  readonly name: DriverName
  open(path: string): Connection
}

/**
 * The first driver that loads: both are optional packages with a native part, which may be missing.
 * @throws StoreError `unavailable` that names what to install.
 */
export async function loadDriver(names: readonly DriverName[]): Promise<Driver> {
  const causes: unknown[] = []
  for (const name of names) {
    try {
      const driver = await load(name)
      // The native part is looked for only when a database is opened.
      driver.open(':memory:').close()
      return driver
    } catch (cause) {
      causes.push(cause)
    }
  }
  throw new StoreError(
    'unavailable',
    `no SQLite driver loads: install one with \`npm install ${names.join('` or `npm install ')}\``,
    { cause: new AggregateError(causes, causes.map((cause) => wordsOf(cause)).join('; ')) },
  )
}

async function load(name: DriverName): Promise<Driver> {
  if (name === 'better-sqlite3') {
    const { default: Database } = await import('better-sqlite3')
    return { name, open: (path) => new Database(path) }
  }
  const { default: Database } = await import('libsql')
  return { name, open: (path) => new Database(path) }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
}
