import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Lowers the priority of the calling thread alone, where the system can (Linux: a thread has an id of its own, and
 * its nice value counts for it alone). Answers whether it did.
 */
export function lowerThreadPriority(nice: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), nice)
    return true
  } catch {
    return false
  }
}
