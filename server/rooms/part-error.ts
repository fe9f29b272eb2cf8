import { AppError, type ErrorCode } from '../../shared/protocol/errors.ts'
import { LearningError, type LearningErrorCode } from '../learning/errors.ts'
import { StoreError, type StoreErrorCode, type StoreErrorWhy } from '../storage/store.ts'

const storeCodes: Readonly<Record<StoreErrorCode, ErrorCode>> = {
  conflict: 'conflict',
  'not-found': 'not-found',
  unavailable: 'unavailable',
  locked: 'unavailable',
  corrupt: 'internal',
}

const learningCodes: Readonly<Record<LearningErrorCode, ErrorCode>> = {
  'not-ready': 'unavailable',
  'unknown-project': 'unavailable',
  'checkpoint-damaged': 'internal',
  'starter-damaged': 'internal',
  full: 'full',
  diverged: 'internal',
  'job-running': 'conflict',
  'no-job': 'conflict',
  'no-mnist': 'conflict',
  'too-few': 'conflict',
  'bad-settings': 'invalid',
  'worker-died': 'unavailable',
  stopped: 'stopping',
  internal: 'internal',
}

/** What the network refuses by rule: who asked is told why in its own words. */
const refusals: ReadonlySet<LearningErrorCode> = new Set<LearningErrorCode>([
  'full',
  'job-running',
  'no-job',
  'no-mnist',
  'too-few',
  'bad-settings',
])

export function isRefusal(error: unknown): error is LearningError {
  return error instanceof LearningError && refusals.has(error.code)
}

const storeWords: Readonly<Record<StoreErrorWhy, string>> = {
  'disk-full': "The server's disk is full: nothing can be saved at the moment",
  'read-only': "The server's disk cannot be written: nothing can be saved at the moment",
}

/** What a client is told of an error: that of the store or the network by its code, one that is nobody's as `internal`. */
export function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  if (cause instanceof StoreError) {
    return new AppError(storeCodes[cause.code], cause.why === null ? undefined : storeWords[cause.why], {
      cause,
    })
  }
  if (cause instanceof LearningError) {
    return new AppError(learningCodes[cause.code], isRefusal(cause) ? cause.message : undefined, { cause })
  }
  return new AppError('internal', undefined, { cause })
}
