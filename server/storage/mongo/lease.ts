import { StoreError } from '../store.ts'
import { LEASE_MS } from './acquire-lease.ts'
import type { Fence } from './fence.ts'
import type { LeaseBook } from './lease-book.ts'

const BEAT_MS = 1_000
/** While the database does not answer it is asked more often, so that all goes on soon after it does. */
const AWAY_BEAT_MS = 250
/** An answer later than this counts as none, in ms. */
export const AWAY_AFTER_MS = 2_000

export interface LeaseOptions {
  readonly book: LeaseBook
  readonly fence: number
  /** When the lease was asked for, by `performance.now()`. */
  readonly askedAt: number
  /** The database stopped answering, or the lease is lost: what waits for an answer gets none soon. */
  readonly onAway: (error: StoreError) => void
  readonly onLost: (error: StoreError) => void
}

/**
 * The right to write, kept by a beat every second. It is valid for LEASE_MS from the moment when the last answered
 * beat was sent, by this process's own clock and by the machine's. After an outage it is taken up again only where the database still holds
 * this very fence; else it is lost for good.
 */
export class Lease implements Fence {
  readonly number: number
  readonly #options: LeaseOptions
  #validFrom: number
  /** The same moment by the clock on the wall. */
  #wallFrom: number
  #beats = 0
  #away: StoreError | null = null
  #lost: StoreError | null = null
  #beating: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #over = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.number = options.fence
    this.#validFrom = options.askedAt
    this.#wallFrom = Date.now() - (performance.now() - options.askedAt)
    this.#schedule(BEAT_MS)
  }

  check(): void {
    const error = this.#lost ?? this.#away
    if (error) throw error
    // The process's own clock stands still while the machine sleeps.
    const passed = Math.max(performance.now() - this.#validFrom, Date.now() - this.#wallFrom)
    if (passed >= LEASE_MS) {
      throw new StoreError(
        'unavailable',
        'the right to write to the database has run out and is not renewed yet',
      )
    }
  }

  /** Why nothing can be asked now; null while the database answers. */
  get trouble(): StoreError | null {
    return this.#lost ?? this.#away
  }

  /** Something else had no answer: finds out now whether the database is away. */
  suspect(): void {
    if (!this.#beating && !this.#away) this.#schedule(0)
  }

  /** Resolves once a beat was written. @throws StoreError where it could not be */
  async prove(): Promise<void> {
    await (this.#beating ??= this.#beat())
    this.check()
  }

  /** Ends the beat and lets the next server take over at once; tries to, where the database does not answer. */
  async release(): Promise<void> {
    this.#over = true
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#lost) return
    this.#lost = new StoreError('unavailable', 'the store is closed')
    // Where it cannot be told, the next server waits for the beat to stand still.
    await this.#options.book.release(this.number).catch(() => undefined)
  }

  #schedule(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#over) return
    this.#timer = setTimeout(() => {
      this.#beating ??= this.#beat()
    }, ms)
  }

  async #beat(): Promise<void> {
    const sentAt = performance.now()
    const wallSentAt = Date.now()
    const late = setTimeout(() => {
      this.#goAway(new Error(`no answer within ${String(AWAY_AFTER_MS)} ms`))
    }, AWAY_AFTER_MS)
    try {
      const held = await this.#options.book.beat(this.number, ++this.#beats)
      if (held) {
        this.#validFrom = sentAt
        this.#wallFrom = wallSentAt
        this.#away = null
      } else await this.#lose()
    } catch (error) {
      this.#goAway(error)
    } finally {
      clearTimeout(late)
      this.#beating = null
      if (!this.#lost)
        this.#schedule(this.#away ? AWAY_BEAT_MS : Math.max(0, sentAt + BEAT_MS - performance.now()))
    }
  }

  #goAway(cause: unknown): void {
    if (this.#away || this.#lost || this.#over) return
    const words = cause instanceof Error ? cause.message : String(cause)
    this.#away = new StoreError('unavailable', `the database does not answer: ${words}`, { cause })
    this.#options.onAway(this.#away)
  }

  async #lose(): Promise<void> {
    if (this.#over) return
    this.#over = true
    const lost = new StoreError(
      'locked',
      'another server has taken the database over: this one writes no more',
    )
    this.#lost = lost
    this.#options.onAway(lost)
    const owner = await this.#options.book.read().then(
      (found) => found?.owner ?? null,
      () => null,
    )
    const by = owner ? `process ${String(owner.pid)} on ${owner.host}` : 'another server'
    this.#lost = new StoreError('locked', `${by} has taken the database over: this server writes no more`)
    this.#options.onLost(this.#lost)
  }
}
