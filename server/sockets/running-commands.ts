import { AppError } from '../../shared/protocol/errors.ts'

/** The commands that run at the moment, over all connections. */
export class RunningCommands {
  private readonly running = new Set<Promise<unknown>>()
  private stopped = false

  get stopping(): boolean {
    return this.stopped
  }

  /** @throws AppError `stopping` after `stop` */
  async run<T>(command: () => Promise<T>): Promise<T> {
    if (this.stopped) throw new AppError('stopping')
    const done = command()
    this.running.add(done)
    try {
      return await done
    } finally {
      this.running.delete(done)
    }
  }

  /** Takes no more commands and resolves when those that run are done. */
  async stop(): Promise<void> {
    this.stopped = true
    await Promise.allSettled(this.running)
  }
}
