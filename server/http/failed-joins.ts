import { AppError } from '../../shared/protocol/errors.ts'
import { PerAddress } from './per-address.ts'
import { TooManyRequests } from './too-many-requests.ts'

const WINDOW_MS = 10 * 60_000
/** Failed joins in ten minutes: from one address, and in all. */
const MOST_OF_ADDRESS = 60
const MOST_OF_ALL = 3_000

/** Slows down guessing of join codes and owner links. A whole class sits behind one address: only failures count. */
export interface FailedJoins {
  /** Runs an attempt; one that rejects with a code or secret that leads nowhere counts. @throws TooManyRequests */
  attempt<T>(address: string, join: () => Promise<T>): Promise<T>
}

export interface FailedJoinsOptions {
  readonly clock: { now(): number }
  readonly failed?: () => void
  /** An attempt was turned away because of those before it. */
  readonly refused?: () => void
}

/** Failures since a moment, in epoch ms. */
interface Window {
  since: number
  count: number
}

export function createFailedJoins({ clock, failed, refused }: FailedJoinsOptions): FailedJoins {
  const begin = (): Window => ({ since: clock.now(), count: 0 })
  const ofAll = begin()
  const ofAddresses = new PerAddress(begin)
  const current = (window: Window): Window =>
    clock.now() - window.since < WINDOW_MS ? window : Object.assign(window, begin())
  return {
    async attempt(address, join) {
      const limits = [
        [current(ofAll), MOST_OF_ALL],
        [current(ofAddresses.of(address)), MOST_OF_ADDRESS],
      ] as const
      const over = limits.filter(([{ count }, most]) => count >= most)
      if (over.length > 0) {
        refused?.()
        const until = Math.max(...over.map(([{ since }]) => since + WINDOW_MS))
        const seconds = Math.max(1, Math.ceil((until - clock.now()) / 1_000))
        throw new TooManyRequests('Too many wrong codes; try again in ten minutes', seconds)
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
