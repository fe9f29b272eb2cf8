import { isLoopback } from '../ops/addresses.ts'
import type { Clock } from '../ops/clock.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'
import { PerAddress } from './per-address.ts'
import { TooManyRequests } from './too-many-requests.ts'

/** Sessions an address gets at once, and a second: a whole school sits behind one and comes within minutes. */
export const SESSIONS = { rate: 5, burst: 300 }

/** Brakes who makes people without end; nobody who has a session is kept from a room by it. */
export interface NewSessions {
  /** @throws TooManyRequests */
  admit(address: string): void
}

export interface NewSessionsOptions {
  readonly clock: Clock
  readonly refused?: () => void
}

export function createNewSessions({ clock, refused }: NewSessionsOptions): NewSessions {
  const buckets = new PerAddress(() => new TokenBucket(clock, SESSIONS.rate, SESSIONS.burst))
  return {
    admit(address) {
      // A proxy on this machine that does not say whom it serves would stand for everybody.
      if (isLoopback(address) || buckets.of(address).take()) return
      refused?.()
      throw new TooManyRequests('Too many people came from this address; try again in a moment', 1)
    },
  }
}
