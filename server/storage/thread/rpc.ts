import type { Store, StoreErrorCode, StoreErrorWhy } from '../store.ts'

/*
 * What crosses the border between the main thread and the store's thread: plain data only. Requests are answered
 * in the order they were asked; a reply to a write is sent after its commit.
 */

type Calls = Omit<Store, 'info' | 'lost' | 'check' | 'flush' | 'close'>

export type StoreMethod = keyof Calls
export type StoreArgs = { [M in StoreMethod]: Parameters<Calls[M]> }
export type StoreResults = { [M in StoreMethod]: Awaited<ReturnType<Calls[M]>> }

/** Calls about a staging area, which is apart from what the store holds. */
export type RestoreMethod = 'beginRestore' | 'writeRecords' | 'commitRestore' | 'abortRestore'

/** Every call of the store as a synchronous function; all but those of a restore run inside the group's transaction. */
export type StoreOperations = { readonly [M in StoreMethod]: (...args: StoreArgs[M]) => StoreResults[M] }

export type StoreRequest = {
  [M in StoreMethod]: { readonly id: number; readonly method: M; readonly args: StoreArgs[M] }
}[StoreMethod]

/**
 * `flush` is answered once everything before it is, `close` once the database is closed, `probe` once something small
 * was written, or with why it could not be.
 */
export interface StoreControl {
  readonly id: number
  readonly method: 'flush' | 'close' | 'probe'
}

export type StoreResult = StoreResults[StoreMethod]

export interface PlainError {
  readonly code: StoreErrorCode
  readonly message: string
  /** The driver's own words. */
  readonly cause: string | null
  readonly why?: StoreErrorWhy | null
}

export type StoreReply =
  | { readonly id: number; readonly ok: true; readonly result: StoreResult }
  | { readonly id: number; readonly ok: false; readonly error: PlainError }

/**
 * The first message of the thread says whether it could open the store; all further ones are replies, but for the
 * word that the store is gone for good.
 */
export type ThreadMessage =
  | { readonly kind: 'lost'; readonly error: PlainError }
  | { readonly kind: 'opened'; readonly driver: string }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'replies'; readonly replies: readonly StoreReply[] }

export type DriverName = 'better-sqlite3' | 'libsql'

export interface ThreadOptions {
  readonly dataDir: string
  /** In order of preference. */
  readonly drivers: readonly DriverName[]
}
