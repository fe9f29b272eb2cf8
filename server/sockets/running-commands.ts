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

/** The commands of one connection that run at the moment: one that asks on while nothing is answered is bounded. */
export class CommandsOfConnection {
  private count = 0

  constructor(
    private readonly all: RunningCommands,
    private readonly most: number,
  ) {}

  get full(): boolean {
    return this.count >= this.most
  }

  /** As `RunningCommands.run`. */
  async run<T>(command: () => Promise<T>): Promise<T> {
    this.count++
    try {
      return await this.all.run(command)
    } finally {
      this.count--
    }
  }
}
