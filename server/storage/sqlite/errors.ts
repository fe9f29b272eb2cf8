import { StoreError, type StoreErrorCode, type StoreErrorWhy } from '../store.ts'

/** The driver's error code (`SQLITE_...`), '' for other errors. */
export function sqliteCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Any failure of an operation as one of the store's errors, the driver's own as its cause. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = sqliteCode(error)
  const [name, message, why = null] = meaningOf(code)
  const words = error instanceof Error ? error.message : String(error)
  return new StoreError(name, `${message}: ${words}`, { cause: error, why })
}

function meaningOf(code: string): [StoreErrorCode, string, StoreErrorWhy?] {
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return ['not-found', 'the record it belongs to does not exist']
  if (code.startsWith('SQLITE_CONSTRAINT')) return ['conflict', 'it exists already']
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return ['corrupt', 'the database is damaged']
  if (code === 'SQLITE_FULL') return ['unavailable', 'the disk is full', 'disk-full']
  // A quota, or a limit on the size of files, shows as a write that fails.
  if (code === 'SQLITE_IOERR_WRITE') return ['unavailable', 'the disk takes no more', 'disk-full']
  if (code.startsWith('SQLITE_READONLY'))
    return ['unavailable', 'the database cannot be written', 'read-only']
  return ['unavailable', 'the database failed']
}
