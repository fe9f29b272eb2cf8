import { MongoError, MongoServerError } from 'mongodb'

const NAMESPACE_EXISTS = 48
/** The server is stopping, or is a replica set's member that may not write any more. */
const NOT_NOW: readonly unknown[] = [91, 189, 11_600, 11_602, 10_107, 13_435, 13_436]

/** Whether it says that a collection of this name is there already. */
export function isThere(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === NAMESPACE_EXISTS
}

/** Whether the server does not know what it was asked for, as FerretDB says of validators and TTL indexes. */
export function isNotImplemented(error: unknown): boolean {
  return (
    error instanceof MongoServerError &&
    (error.codeName === 'NotImplemented' || error.codeName === 'CommandNotFound')
  )
}

/** Whether the server did not answer at all, or says that it cannot at the moment. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false
  return !(error instanceof MongoServerError) || NOT_NOW.includes(error.code)
}
