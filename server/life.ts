import { X509Certificate } from 'node:crypto'
import { createApp, type App } from './app.ts'
import { createBackupService } from './backup/backup-service.ts'
import { newSecret, removeControl, storeOf, writeControl } from './backup/control-file.ts'
import type { Config } from './config.ts'
import { createLearning } from './learning/create-learning.ts'
import type { Learning } from './learning/service.ts'
import { findMnist } from './learning/starter/find-mnist.ts'
import { systemClock } from './ops/clock.ts'
import { errorText } from './ops/error-text.ts'
import type { Log } from './ops/log.ts'
import type { StopReport } from './ops/shutdown.ts'
import { lendStore } from './storage/lent-store.ts'
import { openStore } from './storage/open.ts'
import type { Store, StoreError } from './storage/store.ts'

export interface LifeOptions {
  readonly config: Config
  readonly log: Log
  readonly clientFolder: string | null
  /** Told when the store is gone for good. */
  readonly storeLost: (error: StoreError) => void
  /** Told when the server could not be opened again after a restore. */
  readonly failed: (error: unknown) => void
}

/** What runs, and the store beneath it, which outlives it in a restart. */
interface Running {
  readonly app: App
  readonly store: Store
  /** From here on nothing of the app reaches the store any more, whatever it has not ended by then. */
  readonly cutOff: () => void
}

/** The server from its opening to its stop, with the restart in between that a restore needs. */
export class Life {
  readonly #options: LifeOptions
  readonly #secret = newSecret()
  readonly #backups: ReturnType<typeof createBackupService>
  #running: Running | null = null
  /** Opening, restarts and the stop, one after another. */
  #turns: Promise<unknown> = Promise.resolve()
  #stopping = false

  constructor(options: LifeOptions) {
    this.#options = options
    this.#backups = createBackupService({
      secret: this.#secret,
      now: () => systemClock.now(),
      store: () => this.#now().store,
      restart: (change) => this.#restart(change),
      log: options.log,
    })
  }

  /** Opens store, network and app side by side; together they decide how long a start takes. It does not listen yet. */
  async open(): Promise<void> {
    const { config, log, storeLost } = this.#options
    const learning = await this.#learning()
    const [store] = await Promise.all([openStore({ ...config, log }), learning.ready()])
    void store.lost.then(storeLost)
    this.#running = await this.#app(config, store, learning)
  }

  /** @throws where it cannot listen */
  async listen(): Promise<App> {
    const { app } = this.#now()
    await app.listen()
    this.#say(app)
    return app
  }

  /** What would be lost if the process ended now. */
  unsaved(): string[] {
    return this.#running?.app.unsaved() ?? ['the start had not ended']
  }

  /** Null where nothing was opened. */
  stop(): Promise<StopReport | null> {
    this.#stopping = true
    return this.#inTurn(async () => {
      const report = (await this.#running?.app.stop()) ?? null
      removeControl(this.#options.config.dataDir, this.#secret)
      return report
    })
  }

  /** People are asked to come back, as in any stop; they find the same address and what the store holds then. */
  #restart(change: (store: Store) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      const { app, store, cutOff } = this.#now()
      const { config, log } = this.#options
      if (this.#stopping) throw new Error('the server is stopping')
      const { port } = app
      const { failed } = await app.stop({ keepStore: true })
      if (failed.length > 0) log.error({ failed }, 'not everything could be saved before the restart')
      cutOff()
      try {
        await change(store)
      } finally {
        await this.#reopen({ ...config, port }, store)
      }
    })
  }

  async #reopen(config: Config, store: Store): Promise<void> {
    try {
      const learning = await this.#learning()
      await learning.ready()
      this.#running = await this.#app(config, store, learning)
      if (!this.#stopping) await this.#running.app.listen()
    } catch (error) {
      this.#options.failed(error)
      throw error
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turns.then(act)
    this.#turns = done.catch(() => undefined)
    return done
  }

  async #learning(): Promise<Learning> {
    const { config, log } = this.#options
    const mnistFolder = await this.#mnistFolder()
    return createLearning({ backend: config.backend, mnistFolder, log, clock: systemClock })
  }

  /** Without MNIST everything but what asks for it works, so that a folder without it only warns. */
  async #mnistFolder(): Promise<string | null> {
    const { config, log } = this.#options
    const { dataFolder } = config
    if (dataFolder === null) return null
    try {
      return await findMnist(dataFolder)
    } catch (error) {
      log.warn({ dataFolder }, `no room can train on MNIST too: ${errorText(error)}`)
      return null
    }
  }

  async #app(config: Config, store: Store, learning: Learning): Promise<Running> {
    const { log, clientFolder } = this.#options
    const { lent, takeBack } = lendStore(store)
    const clock = systemClock
    const backups = this.#backups
    const app = await createApp({ config, store: lent, learning, log, clock, clientFolder, backups })
    return { app, store, cutOff: takeBack }
  }

  #now(): Running {
    if (!this.#running) throw new Error('the server is not open')
    return this.#running
  }

  /** Leaves word of where the server is for the programs that back it up. */
  #say({ port }: App): void {
    const { config, log } = this.#options
    const tls = config.tls ? new X509Certificate(config.tls.cert).fingerprint256 : null
    try {
      const { pid } = process
      const store = storeOf(config)
      writeControl(config.dataDir, { host: config.host, port, pid, secret: this.#secret, tls, store })
    } catch (error) {
      log.warn(
        { dataDir: config.dataDir },
        `no backup can be made while the server runs: ${errorText(error)}`,
      )
    }
  }
}
