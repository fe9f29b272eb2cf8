import { StoreError } from '../store.ts'
import { toPlain } from '../thread/plain-error.ts'
import { isReading } from '../thread/reading.ts'
import { toStoreError } from './errors.ts'
import type {
  StoreArgs,
  StoreMethod,
  StoreOperations,
  StoreReply,
  StoreRequest,
  StoreResults,
} from '../thread/rpc.ts'
import type { Sql } from './sql.ts'

/**
 * Runs requests in order as one transaction: each write in a savepoint of its own, so that one that fails undoes
 * itself alone, and one commit for all of them. The replies must be sent only after this returned.
 */
export function runGroup(
  sql: Sql,
  operations: StoreOperations,
  requests: readonly StoreRequest[],
): StoreReply[] {
  const group = new Group(sql, operations)
  for (const request of requests) group.add(request)
  return group.commit()
}

class Group {
  readonly #sql: Sql
  readonly #operations: StoreOperations
  #replies: StoreReply[] = []
  #began = false

  constructor(sql: Sql, operations: StoreOperations) {
    this.#sql = sql
    this.#operations = operations
  }

  add(request: StoreRequest): void {
    try {
      const result = isReading(request.method) ? this.#perform(request) : this.#write(request)
      this.#replies.push({ id: request.id, ok: true, result })
    } catch (error) {
      // Some failures (a full disk, for one) make SQLite undo the whole transaction.
      if (this.#began && !this.#sql.connection.inTransaction) this.#lose(error)
      this.#replies.push({ id: request.id, ok: false, error: toPlain(toStoreError(error)) })
    }
  }

  commit(): StoreReply[] {
    if (!this.#began) return this.#replies
    try {
      this.#sql.run('COMMIT')
    } catch (error) {
      if (this.#sql.connection.inTransaction) this.#sql.run('ROLLBACK')
      this.#lose(error)
    }
    return this.#replies
  }

  #write(request: StoreRequest): StoreResults[StoreMethod] {
    if (!this.#began) {
      this.#sql.run('BEGIN IMMEDIATE')
      this.#began = true
    }
    this.#sql.run('SAVEPOINT one')
    try {
      const result = this.#perform(request)
      this.#sql.run('RELEASE one')
      return result
    } catch (error) {
      if (this.#sql.connection.inTransaction) this.#undoOne()
      throw error
    }
  }

  /** Half of a write must never be committed with the others: where it cannot be undone alone, all of them are. */
  #undoOne(): void {
    try {
      this.#sql.run('ROLLBACK TO one')
      this.#sql.run('RELEASE one')
    } catch {
      if (this.#sql.connection.inTransaction) this.#sql.run('ROLLBACK')
    }
  }

  #perform(request: StoreRequest): StoreResults[StoreMethod] {
    return perform(this.#operations, request.method, request.args)
  }

  /** Nothing of the transaction stands: whoever was to be told 'done' is told why not. */
  #lose(error: unknown): void {
    const cause = toStoreError(error)
    const { why } = cause
    const lost = toPlain(new StoreError('unavailable', `not written: ${cause.message}`, { cause, why }))
    this.#replies = this.#replies.map((reply) =>
      reply.ok ? { id: reply.id, ok: false, error: lost } : reply,
    )
    this.#began = false
  }
}

function perform<M extends StoreMethod>(
  operations: StoreOperations,
  method: M,
  args: StoreArgs[M],
): StoreResults[M] {
  return operations[method](...args)
}
