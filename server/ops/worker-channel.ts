/** The calls of one direction: a payload and a result a name, plain data only. */
export type CallMap<C> = { [K in keyof C]: { readonly payload: unknown; readonly result: unknown } }

/** What answers the calls of `C`; a result may say which buffers move with it. */
export type Handlers<C extends CallMap<C>> = {
  readonly [K in keyof C]: (
    payload: C[K]['payload'],
  ) => C[K]['result'] | Moved<C[K]['result']> | Promise<C[K]['result'] | Moved<C[K]['result']>>
}

/** A result whose buffers are moved to the other thread rather than copied. */
export class Moved<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

/** A call that failed on the other side (its `code` is kept), or that the channel could not carry. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError'
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

type WireMessage<C extends CallMap<C>> =
  | { readonly kind: 'call'; readonly id: number; readonly name: keyof C; readonly payload: unknown }
  | { readonly kind: 'notice'; readonly name: keyof C; readonly payload: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'failure'
      readonly id: number
      readonly error: { readonly code: string; readonly message: string }
    }

/** The part of Worker and MessagePort that a channel uses. */
export interface Port {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void
  on(event: 'message', listener: (message: unknown) => void): unknown
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: ChannelError): void
}

const MOST_WAITING = 4_096

/**
 * Calls and notices between two threads: calls `Theirs` of the other side and answers its calls `Mine`. At most
 * 4,096 calls wait for their answer; a further one is rejected with code `busy`.
 */
export class WorkerChannel<Theirs extends CallMap<Theirs>, Mine extends CallMap<Mine>> {
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 1
  private closed: ChannelError | null = null

  constructor(
    private readonly port: Port,
    private readonly handlers: Handlers<Mine>,
    private readonly noticeFailed: (name: string, error: unknown) => void,
  ) {
    port.on('message', (message) => {
      this.receive(message as WireMessage<Mine>)
    })
  }

  call<K extends keyof Theirs>(
    name: K,
    payload: Theirs[K]['payload'],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<Theirs[K]['result']> {
    if (this.closed) return Promise.reject(this.closed)
    if (this.waiting.size >= MOST_WAITING)
      return Promise.reject(new ChannelError('busy', `${MOST_WAITING} calls wait for the worker already`))
    const id = this.nextId++
    return new Promise<Theirs[K]['result']>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.post({ kind: 'call', id, name, payload }, moved)
    })
  }

  /** A call without an answer; lost when the other side is gone. */
  notify<K extends keyof Theirs>(
    name: K,
    payload: Theirs[K]['payload'],
    moved: readonly ArrayBuffer[] = [],
  ): void {
    if (!this.closed) this.post({ kind: 'notice', name, payload }, moved)
  }

  /** Rejects everything that waits and every later call. */
  close(reason: ChannelError): void {
    this.closed ??= reason
    for (const { reject } of this.waiting.values()) reject(reason)
    this.waiting.clear()
  }

  private post(message: WireMessage<Theirs>, moved: readonly ArrayBuffer[]): void {
    this.port.postMessage(message, moved)
  }

  private receive(message: WireMessage<Mine>): void {
    switch (message.kind) {
      case 'call':
        void this.answer(message.id, message.name, message.payload)
        return
      case 'notice':
        void this.take(message.name, message.payload)
        return
      case 'result':
        this.settle(message.id)?.resolve(message.value)
        return
      case 'failure':
        this.settle(message.id)?.reject(new ChannelError(message.error.code, message.error.message))
    }
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }

  private async answer(id: number, name: keyof Mine, payload: unknown): Promise<void> {
    try {
      const result = await this.handlers[name](payload)
      if (this.closed) return
      if (result instanceof Moved)
        this.port.postMessage({ kind: 'result', id, value: result.value }, result.buffers)
      else this.port.postMessage({ kind: 'result', id, value: result }, [])
    } catch (error) {
      if (!this.closed) this.port.postMessage({ kind: 'failure', id, error: plain(error) }, [])
    }
  }

  private async take(name: keyof Mine, payload: unknown): Promise<void> {
    try {
      await this.handlers[name](payload)
    } catch (error) {
      this.noticeFailed(String(name), error)
    }
  }
}

function plain(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal'
  return { code, message: error.message }
}
