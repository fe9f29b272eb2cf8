import type { StoreMethod } from './rpc.ts'

const READING = /^(get|list|find|load|count|read)/

/** Whether a call changes nothing, which its name says. */
export function isReading(method: StoreMethod): boolean {
  return READING.test(method)
}
