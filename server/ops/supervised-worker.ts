import type { Worker } from 'node:worker_threads'
import { ChannelError, WorkerChannel, type CallMap, type Handlers } from './worker-channel.ts'

export interface SupervisedWorkerOptions<Theirs extends CallMap<Theirs>, Mine extends CallMap<Mine>> {
  readonly name: string
  readonly spawn: () => Worker
  /** What answers the worker's calls. */
  readonly handlers: Handlers<Mine>
  /** Brings a fresh thread to work; the worker is healthy once it resolves. */
  readonly begin: (channel: WorkerChannel<Theirs, Mine>) => Promise<void>
  readonly told: (level: 'warn' | 'error', message: string, error: unknown) => void
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000
/** A thread that lived this long starts again without a pause. */
const STEADY_MS = 60_000

/**
 * A worker thread that is started again when it dies. What waits for an answer then is rejected with `worker-died`.
 */
export class SupervisedWorker<Theirs extends CallMap<Theirs>, Mine extends CallMap<Mine>> {
  private worker: Worker | null = null
  private channel: WorkerChannel<Theirs, Mine> | null = null
  private stopped = false
  private pauseMs = FIRST_PAUSE_MS
  private restart: NodeJS.Timeout | null = null
  private working = false
  private waiting: { resolve: () => void; reject: (error: ChannelError) => void }[] = []

  constructor(private readonly options: SupervisedWorkerOptions<Theirs, Mine>) {}

  get healthy(): boolean {
    return this.working
  }

  /** Resolves at once or when the thread works again; rejects when it is stopped. */
  whenWorking(): Promise<void> {
    if (this.working) return Promise.resolve()
    if (this.stopped) return Promise.reject(this.gone())
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
    })
  }

  /** Starts the thread; rejects, and tries no more, when the first one does not come to work. */
  async start(): Promise<void> {
    try {
      await this.launch()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  call<K extends keyof Theirs>(
    name: K,
    payload: Theirs[K]['payload'],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<Theirs[K]['result']> {
    return this.channel ? this.channel.call(name, payload, moved) : Promise.reject(this.gone())
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.working = false
    if (this.restart) clearTimeout(this.restart)
    this.channel?.close(this.gone())
    for (const { reject } of this.waiting.splice(0)) reject(this.gone())
    await this.worker?.terminate()
  }

  private async launch(): Promise<void> {
    const worker = this.options.spawn()
    const channel = new WorkerChannel<Theirs, Mine>(worker, this.options.handlers, (name, error) => {
      this.options.told('error', `${this.options.name}: ${name} failed`, error)
    })
    const begun = Date.now()
    let cause: unknown = null
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      channel.close(this.gone(cause))
      if (this.worker === worker) this.died(Date.now() - begun, cause)
    })
    this.worker = worker
    this.channel = channel
    await this.options.begin(channel)
    this.working = true
    for (const { resolve } of this.waiting.splice(0)) resolve()
  }

  private died(livedMs: number, cause: unknown): void {
    const wasWorking = this.working
    this.worker = null
    this.channel = null
    this.working = false
    if (this.stopped) return
    this.options.told('error', `the ${this.options.name} died and is started again`, cause)
    this.pauseMs =
      wasWorking && livedMs > STEADY_MS ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs)
    this.restart = setTimeout(() => {
      this.launch().catch((error: unknown) => {
        this.options.told('error', `the ${this.options.name} does not start`, error)
        // A thread that lives without having come to work is ended, which tries again.
        void this.worker?.terminate()
      })
    }, this.pauseMs)
    this.restart.unref()
  }

  private gone(cause?: unknown): ChannelError {
    return this.stopped
      ? new ChannelError('stopped', `the ${this.options.name} was stopped`)
      : new ChannelError('worker-died', `the ${this.options.name} is not running`, { cause })
  }
}
