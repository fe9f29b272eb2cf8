import type { Clock } from '../ops/clock.ts'

/** Allows `rate` takes a second on average and `burst` at once. */
export class TokenBucket {
  private tokens: number
  private at: number

  constructor(
    private readonly clock: Clock,
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.tokens = burst
    this.at = clock.now()
  }

  /** Takes `cost` tokens; false, and none taken, when there are not as many. */
  take(cost = 1): boolean {
    const now = this.clock.now()
    this.tokens = Math.min(this.burst, this.tokens + (Math.max(0, now - this.at) / 1000) * this.rate)
    this.at = now
    if (this.tokens < cost) return false
    this.tokens -= cost
    return true
  }
}
