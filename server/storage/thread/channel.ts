import type { Worker } from 'node:worker_threads'
import { StoreError } from '../store.ts'
import { fromPlain } from './plain-error.ts'
import type {
  StoreArgs,
  StoreControl,
  StoreMethod,
  StoreReply,
  StoreResult,
  StoreResults,
  ThreadMessage,
} from './rpc.ts'

/** Calls that may wait at once; what comes above it is refused at once rather than kept in memory. */
const MOST_PENDING = 20_000

interface Waiting {
  readonly resolve: (result: StoreResult) => void
  readonly reject: (error: StoreError) => void
}

/** The main thread's end of the line to the store's thread. */
export class Channel {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #over: StoreError | null = null
  #closing: Promise<void> | null = null
  /** Resolves when the thread has ended, however it did. */
  readonly ended: Promise<StoreError>
  /** Resolves when the thread says that the store is gone for good. */
  readonly lost: Promise<StoreError>
  #tellEnded: (error: StoreError) => void = () => undefined
  #tellLost: (error: StoreError) => void = () => undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve))
    this.lost = new Promise((resolve) => (this.#tellLost = resolve))
  }

  /** Resolves with the channel and the driver's name once the thread has opened the database. */
  static async open(worker: Worker): Promise<{ channel: Channel; driver: string }> {
    const channel = new Channel(worker)
    const driver = await new Promise<string>((resolve, reject) => {
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'opened') resolve(message.driver)
        else if (message.kind === 'refused') reject(fromPlain(message.error))
        else if (message.kind === 'lost') channel.#tellLost(fromPlain(message.error))
        else for (const reply of message.replies) channel.#settle(reply)
      })
      worker.once('error', (cause) => {
        const error = new StoreError('unavailable', `the store's thread failed: ${cause.message}`, { cause })
        channel.#end(error)
        reject(error)
      })
      worker.once('exit', () => {
        const over = channel.#over
        const error = over ?? new StoreError('unavailable', "the store's thread ended")
        channel.#end(error)
        channel.#tellEnded(error)
        reject(error)
      })
    })
    return { channel, driver }
  }

  call<M extends StoreMethod>(method: M, ...args: StoreArgs[M]): Promise<StoreResults[M]> {
    return new Promise((resolve, reject) => {
      this.#ask({ method, args }, { resolve: (result) => resolve(result as StoreResults[M]), reject })
    })
  }

  /** Resolves once everything asked before is durable. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ask({ method: 'flush' }, { resolve: () => resolve(), reject })
    })
  }

  /** Resolves once something small was written. @throws StoreError as any write does */
  probe(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ask({ method: 'probe' }, { resolve: () => resolve(), reject })
    })
  }

  /** Resolves once everything asked before is durable and the thread has ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#over) return
    const ended = new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve())
    })
    await new Promise<void>((resolve, reject) => {
      this.#ask({ method: 'close' }, { resolve: () => resolve(), reject })
      this.#over ??= new StoreError('unavailable', 'the store is closed')
    })
    await ended
  }

  #ask(question: Omit<StoreControl, 'id'> | { method: StoreMethod; args: unknown }, waiting: Waiting): void {
    if (this.#over) {
      waiting.reject(this.#over)
      return
    }
    if (this.#waiting.size >= MOST_PENDING) {
      waiting.reject(
        new StoreError('unavailable', `the store is too busy: ${String(MOST_PENDING)} calls wait for it`),
      )
      return
    }
    const id = this.#nextId++
    this.#waiting.set(id, waiting)
    this.#worker.postMessage({ id, ...question })
  }

  #settle(reply: StoreReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.result)
    else waiting?.reject(fromPlain(reply.error))
  }

  #end(error: StoreError): void {
    this.#over = error
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}
