import {
  MongoBulkWriteError,
  MongoError,
  MongoServerError,
  MongoWriteConcernError,
  type MongoServerError as ServerError,
  type WriteError,
} from 'mongodb'
import { StoreError } from '../store.ts'

const DUPLICATE = 11_000
const DISK_FULL = 14_031
const TOO_LARGE: readonly number[] = [10_334, 17_419, 17_420]

/** Any failure of an operation as one of the store's errors, the driver's own as its cause. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const words = error instanceof Error ? error.message : String(error)
  if (isDuplicate(error)) return new StoreError('conflict', `it exists already: ${words}`, { cause: error })
  if (error instanceof MongoServerError) return refused(error, words)
  const what = error instanceof MongoError ? 'the database cannot be reached' : 'the database failed'
  return new StoreError('unavailable', `${what}: ${words}`, { cause: error })
}

/** Whether a write was refused because of a unique index. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false
  if (error instanceof MongoBulkWriteError) return duplicatesIn(error) !== null
  // FerretDB has no code of its own for an update that breaks a unique index.
  return error.code === DUPLICATE || error.message.includes('UNIQUE constraint failed')
}

/** The places, in what was to be inserted, of documents that were there; null where something else went wrong. */
export function duplicatesIn(error: unknown): number[] | null {
  if (!(error instanceof MongoBulkWriteError)) return null
  const failed: WriteError[] = [error.writeErrors].flat()
  const others = failed.filter(({ code }) => code !== DUPLICATE)
  if (failed.length === 0 || others.length > 0 || hasWriteConcernError(error)) return null
  return failed.map(({ index }) => index)
}

export function taken(what: string): StoreError {
  return new StoreError('locked', `another server has taken the database over: it changed ${what}`)
}

function refused(error: ServerError, words: string): StoreError {
  const disk = error.code === DISK_FULL || /no space left|disk is full/i.test(words)
  if (disk) {
    const full = `the disk of the database is full: ${words}`
    return new StoreError('unavailable', full, { cause: error, why: 'disk-full' })
  }
  if (typeof error.code === 'number' && TOO_LARGE.includes(error.code)) {
    return new StoreError('conflict', `it is too large for one document: ${words}`, { cause: error })
  }
  const what =
    error instanceof MongoWriteConcernError
      ? 'the write may not be durable'
      : 'the database refused what was asked'
  return new StoreError('unavailable', `${what}: ${words}`, { cause: error })
}

function hasWriteConcernError(error: MongoBulkWriteError): boolean {
  return error.result.getWriteConcernError() !== undefined
}
