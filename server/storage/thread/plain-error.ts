import { StoreError } from '../store.ts'
import type { PlainError } from './rpc.ts'

/** An error as it crosses the border between threads. */
export function toPlain({ code, message, cause }: StoreError): PlainError {
  return { code, message, cause: cause instanceof Error ? cause.message : null }
}

export function fromPlain({ code, message, cause }: PlainError): StoreError {
  return new StoreError(code, message, cause === null ? {} : { cause: new Error(cause) })
}
