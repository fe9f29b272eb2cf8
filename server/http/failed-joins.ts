import { AppError } from '../../shared/protocol/errors.ts'

const WINDOW_MS = 10 * 60_000
/** Failed joins in ten minutes: from one address, and in all. */
const MOST_OF_ADDRESS = 60
const MOST_OF_ALL = 3_000
const MOST_ADDRESSES = 10_000
const EVERYBODY = '*'

/** Slows down guessing of join codes and owner links. A whole class sits behind one address: only failures count. */
export interface FailedJoins {
  /** Runs an attempt; one that rejects with a code or secret that leads nowhere counts. @throws AppError `too-many` */
  attempt<T>(address: string, join: () => Promise<T>): Promise<T>
}

export interface FailedJoinsOptions {
  readonly clock: { now(): number }
  readonly failed?: () => void
  /** An attempt was turned away because of those before it. */
  readonly refused?: () => void
}

interface Window {
  readonly since: number
  count: number
}

export function createFailedJoins({ clock, failed, refused }: FailedJoinsOptions): FailedJoins {
  const windows = new Map<string, Window>()
  const current = (key: string): Window => {
    const now = clock.now()
    const window = windows.get(key)
    if (window && now - window.since < WINDOW_MS) return window
    const fresh = { since: now, count: 0 }
    windows.delete(key)
    windows.set(key, fresh)
    // The oldest windows are the first ones of the map; that of everybody is never given up.
    for (const oldest of windows.keys()) {
      if (windows.size <= MOST_ADDRESSES) break
      if (oldest !== EVERYBODY && oldest !== key) windows.delete(oldest)
    }
    return fresh
  }
  return {
    async attempt(address, join) {
      const limits = [
        [current(EVERYBODY), MOST_OF_ALL],
        [current(address), MOST_OF_ADDRESS],
      ] as const
      if (limits.some(([{ count }, most]) => count >= most)) {
        refused?.()
        throw new AppError('too-many', 'Too many wrong codes; try again in ten minutes')
      }
      try {
        return await join()
      } catch (error) {
        if (error instanceof AppError && ['unknown-code', 'forbidden'].includes(error.code)) {
          for (const [window] of limits) window.count++
          failed?.()
        }
        throw error
      }
    },
  }
}
