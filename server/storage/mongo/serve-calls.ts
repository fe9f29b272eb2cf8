import type { StoreError } from '../store.ts'
import { toPlain } from '../thread/plain-error.ts'
import type {
  StoreArgs,
  StoreControl,
  StoreMethod,
  StoreReply,
  StoreRequest,
  StoreResult,
  StoreResults,
} from '../thread/rpc.ts'
import { toStoreError } from './errors.ts'
import type { MongoOperations } from './mongo-operations.ts'

export interface ServeCallsOptions {
  readonly operations: MongoOperations
  /** Why nothing can be asked of the database now; null while it answers. */
  readonly trouble: () => StoreError | null
  /** A call found the database away. */
  readonly suspect: () => void
  /** Resolves once something small was written. */
  readonly probe: () => Promise<void>
  readonly close: () => Promise<void>
  readonly reply: (reply: StoreReply) => void
}

/**
 * Runs the calls side by side and answers each when it is done. While the database is away each is refused at once, and
 * those that run are let go: so nothing piles up, and nobody waits longer than it takes to notice.
 */
export class ServeCalls {
  readonly #options: ServeCallsOptions
  /** Tells those who wait that the database is away. */
  readonly #waiting = new Map<number, (error: StoreError) => void>()
  readonly #running = new Set<Promise<void>>()

  constructor(options: ServeCallsOptions) {
    this.#options = options
  }

  take(request: StoreRequest): void {
    const { operations } = this.#options
    // Whether a restore took place has to be known, however long it takes.
    const mayLetGo = request.method !== 'commitRestore'
    this.#answer(request.id, () => perform(operations, request.method, request.args), mayLetGo)
  }

  /** Answers `probe` as any call, the others once everything asked before has been answered; resolves then. */
  async obey({ id, method }: StoreControl): Promise<void> {
    if (method === 'probe') {
      this.#answer(id, this.#options.probe)
      return
    }
    try {
      await Promise.all(this.#running)
      if (method === 'close') await this.#options.close()
      this.#options.reply({ id, ok: true, result: undefined })
    } catch (error) {
      this.#options.reply({ id, ok: false, error: toPlain(toStoreError(error)) })
    }
  }

  /** The database is away: nobody waits for it. */
  letGo(error: StoreError): void {
    for (const tell of [...this.#waiting.values()]) tell(error)
  }

  #answer(id: number, run: () => Promise<StoreResult>, mayLetGo = true): void {
    const trouble = this.#options.trouble()
    if (trouble) {
      this.#options.reply({ id, ok: false, error: toPlain(trouble) })
      return
    }
    const running = new Promise<StoreResult>((resolve, reject) => {
      if (mayLetGo) this.#waiting.set(id, reject)
      run().then(resolve, reject)
    })
      .then<StoreReply, StoreReply>(
        (result) => ({ id, ok: true, result }),
        (error: unknown) => {
          const failure = toStoreError(error)
          if (failure.code === 'unavailable') this.#options.suspect()
          return { id, ok: false, error: toPlain(failure) }
        },
      )
      .then((reply) => {
        this.#waiting.delete(id)
        this.#running.delete(running)
        this.#options.reply(reply)
      })
    this.#running.add(running)
  }
}

function perform<M extends StoreMethod>(
  operations: MongoOperations,
  method: M,
  args: StoreArgs[M],
): Promise<StoreResults[M]> {
  return operations[method](...args)
}
