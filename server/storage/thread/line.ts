import type { Worker } from 'node:worker_threads'
import { StoreError } from '../store.ts'
import { Channel } from './channel.ts'
import { isReading } from './reading.ts'
import type { StoreArgs, StoreMethod, StoreResults } from './rpc.ts'

/** Deaths of the thread within this time, in ms, after which it is not started again. */
const MOST_DEATHS = 8
const WITHIN_MS = 60_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
/** A lock that somebody else holds for so long, in ms, is not the dead thread's any more. */
const LOCKED_MS = 10_000
/** Calls that may wait for a store that does not answer: each may take seconds to fail, and all of them are tried again. */
const MOST_AT_FAULT = 32

export interface LineOptions {
  readonly spawn: () => Worker
  /** Told of what an operator should know. */
  readonly told: (message: string, error: StoreError) => void
  /** Ms that only grow; the process's own by default. */
  readonly now?: () => number
}

/**
 * The line to the store's thread, which is started again when it dies: what waits for an answer then, and what is
 * asked before the store is open again, is rejected with `unavailable`. Knows whether the store takes what it is given.
 */
export class Line implements Pick<Channel, 'call' | 'flush' | 'close'> {
  /** Resolves when the store is gone for good: another server owns it, or its thread dies again and again. */
  readonly lost: Promise<StoreError>
  #channel: Channel | null = null
  /** Why the newest write failed; null after one that succeeded. */
  #fault: StoreError | null = null
  #underWay = 0
  #deaths: number[] = []
  #restart: NodeJS.Timeout | null = null
  #opening: Promise<void> | null = null
  #closing = false
  #over: StoreError | null = null
  #pauseMs = FIRST_PAUSE_MS
  #lockedSince: number | null = null
  #lose: (error: StoreError) => void = () => undefined

  private constructor(private readonly options: LineOptions) {
    this.lost = new Promise((resolve) => (this.#lose = resolve))
  }

  /**
   * Starts the thread for the first time; answers the line and the driver's name.
   * @throws StoreError as the thread could not open the store
   */
  static async open(options: LineOptions): Promise<{ line: Line; driver: string }> {
    const line = new Line(options)
    const driver = await line.#open()
    return { line, driver }
  }

  call<M extends StoreMethod>(method: M, ...args: StoreArgs[M]): Promise<StoreResults[M]> {
    const channel = this.#channel
    if (!channel) return Promise.reject(this.#gone())
    const fault = this.#fault
    // A disk that is full can still be read.
    if (fault?.why === null && this.#underWay >= MOST_AT_FAULT) return Promise.reject(fault)
    this.#underWay++
    const answer = channel.call(method, ...args).finally(() => this.#underWay--)
    return isReading(method) ? answer : this.#watched(answer)
  }

  flush(): Promise<void> {
    return this.#channel ? this.#channel.flush() : Promise.reject(this.#gone())
  }

  /** Resolves while the store takes writes; rejects with why it does not, having tried a small one where one had failed. */
  async check(): Promise<void> {
    const channel = this.#channel
    if (!channel) throw this.#gone()
    if (this.#fault) await this.#watched(channel.probe())
    else await channel.call('getMeta', 'ready')
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#restart) clearTimeout(this.#restart)
    await this.#opening
    await this.#channel?.close()
  }

  async #open(): Promise<string> {
    const { channel, driver } = await Channel.open(this.options.spawn())
    void channel.ended.then((error) => {
      if (this.#channel === channel) this.#died(error)
    })
    void channel.lost.then((error) => this.#end(error))
    this.#channel = channel
    this.#lockedSince = null
    return driver
  }

  #died(error: StoreError): void {
    this.#channel = null
    this.#fault = error
    if (this.#closing || this.#over) return
    const now = this.#now()
    this.#deaths = [...this.#deaths.filter((at) => now - at < WITHIN_MS), now]
    if (this.#deaths.length > MOST_DEATHS) {
      this.#end(new StoreError('unavailable', `the store's thread dies again and again: ${error.message}`))
      return
    }
    this.options.told("the store's thread died and is started again", error)
    this.#pauseMs = FIRST_PAUSE_MS * this.#deaths.length
    this.#tryLater()
  }

  #tryLater(): void {
    this.#restart = setTimeout(() => {
      this.#restart = null
      this.#opening = this.#open().then(
        () => this.#reopened(),
        (error: unknown) => this.#notOpened(asStoreError(error)),
      )
    }, this.#pauseMs)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
  }

  #reopened(): void {
    this.#opening = null
    // Whether it takes writes is only known once it was given one.
    if (!this.#closing) void this.check().catch(() => undefined)
  }

  #notOpened(error: StoreError): void {
    this.#opening = null
    this.#fault = error
    if (this.#closing) return
    this.#lockedSince = error.code === 'locked' ? (this.#lockedSince ?? this.#now()) : null
    const taken = this.#lockedSince !== null && this.#now() - this.#lockedSince > LOCKED_MS
    if (error.code === 'corrupt' || taken) {
      this.#end(error)
      return
    }
    this.options.told('the store cannot be opened again yet', error)
    this.#tryLater()
  }

  #end(error: StoreError): void {
    if (this.#over || this.#closing) return
    this.#over = error
    this.#fault = error
    this.options.told('the store is lost', error)
    this.#lose(error)
  }

  #watched<T>(answer: Promise<T>): Promise<T> {
    return answer.then(
      (result) => {
        this.#fault = null
        return result
      },
      (error: unknown) => {
        if (error instanceof StoreError && (error.code === 'unavailable' || error.code === 'locked')) {
          this.#fault = error
        }
        throw error
      },
    )
  }

  #gone(): StoreError {
    if (this.#over) return this.#over
    return new StoreError('unavailable', "the store's thread is being started again", { cause: this.#fault })
  }

  #now(): number {
    return (this.options.now ?? (() => performance.now()))()
  }
}

function asStoreError(error: unknown): StoreError {
  return error instanceof StoreError
    ? error
    : new StoreError('unavailable', 'the store could not be opened', { cause: error })
}
