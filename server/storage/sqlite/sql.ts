import type { ZodMiniType } from 'zod/mini'
import { StoreError } from '../store.ts'
import type { Connection, SqlValue, Statement } from './driver.ts'

export type Row = Readonly<Record<string, unknown>>

/** A connection with its prepared statements kept by their text; texts are literals, so there are few. */
export class Sql {
  readonly #statements = new Map<string, Statement>()

  constructor(private current: Connection) {}

  get connection(): Connection {
    return this.current
  }

  /** Goes on over another connection. */
  use(connection: Connection): void {
    this.#statements.clear()
    this.current = connection
  }

  /** Answers how many rows changed. */
  run(text: string, ...values: SqlValue[]): number {
    return this.#prepared(text).run(...values).changes
  }

  get(text: string, ...values: SqlValue[]): Row | null {
    const row = this.#prepared(text).get(...values)
    return isRow(row) ? row : null
  }

  all(text: string, ...values: SqlValue[]): Row[] {
    return this.#prepared(text)
      .all(...values)
      .filter(isRow)
  }

  #prepared(text: string): Statement {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.connection.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}

export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw unreadable(column, value)
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column)
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw unreadable(column, value)
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column)
}

export function flagOf(row: Row, column: string): boolean {
  return numberOf(row, column) !== 0
}

/** A copy of the column's bytes that owns its buffer. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  throw unreadable(column, value)
}

/** A column of JSON that this program wrote. */
export function jsonOf<T>(row: Row, column: string): T {
  const text = textOf(row, column)
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new StoreError('corrupt', `column ${column} does not hold JSON`, { cause })
  }
}

/** A column of JSON as its schema reads it, which gives defaults for what an older version did not write. */
export function parsedOf<T>(row: Row, column: string, schema: ZodMiniType<T>): T {
  const result = schema.safeParse(jsonOf(row, column))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = [column, ...(issue?.path ?? [])].join('.')
  throw new StoreError('corrupt', `column ${where}: ${issue?.message ?? 'cannot be read'}`, {
    cause: result.error,
  })
}

/** A column of text that is one of `choices`; any other text is as unreadable as a wrong type. */
export function choiceOf<T extends string>(row: Row, column: string, choices: readonly T[]): T {
  const text = textOf(row, column)
  const choice = choices.find((known) => known === text)
  if (choice === undefined) throw new StoreError('corrupt', `column ${column} holds ${JSON.stringify(text)}`)
  return choice
}

/** A column of JSON that holds a list of texts. */
export function textsOf(row: Row, column: string): string[] {
  const value: unknown = jsonOf(row, column)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw unreadable(column, value)
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}

function unreadable(column: string, value: unknown): StoreError {
  return new StoreError('corrupt', `column ${column} holds a ${typeof value}, which it never should`)
}
