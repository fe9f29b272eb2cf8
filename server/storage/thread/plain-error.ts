import { StoreError } from '../store.ts'
import type { PlainError } from './rpc.ts'

/** An error as it crosses the border between threads. */
export function toPlain({ code, message, cause, why }: StoreError): PlainError {
  return { code, message, cause: cause instanceof Error ? cause.message : null, why }
}

export function fromPlain({ code, message, cause, why = null }: PlainError): StoreError {
  return new StoreError(code, message, { why, ...(cause === null ? {} : { cause: new Error(cause) }) })
}
