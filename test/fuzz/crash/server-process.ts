import { openStore } from '../../../server/storage/open.ts'
import type { Store } from '../../../server/storage/store.ts'
import { spawnBuilt, type BuiltProcess } from '../../support/built-server.ts'
import { pause } from '../../support/person.ts'

export interface ServerPlace {
  readonly dataDir: string
  readonly port: number
  /** Of its database; null for SQLite in `dataDir`. */
  readonly mongodbUrl: string | null
}

/** The server of a crash campaign: always at the same address with the same data, dead or alive. */
export class ServerProcess {
  readonly url: string
  /** Ms from spawn to ready of each start that came so far. */
  readonly resumedMs: number[] = []
  kills = 0
  private child: BuiltProcess | null = null

  constructor(private readonly place: ServerPlace) {
    this.url = `http://127.0.0.1:${String(place.port)}`
  }

  /** Starts it; `ready` resolves once it takes requests. @throws with its output where it ends by itself */
  async start(): Promise<{ ready: Promise<void> }> {
    const child = await this.spawn()
    return { ready: child.ready().then((ms) => void this.resumedMs.push(ms)) }
  }

  /** Starts it and kills it `ms` after the spawn, however far it has come. */
  async startAndKill(ms: number): Promise<void> {
    const child = await this.spawn()
    await pause(ms)
    if (child.child.exitCode !== null) throw new Error(`it ended by itself:\n${child.output()}`)
    await this.kill()
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const { child } = this
    if (!child) return
    this.child = null
    this.kills++
    await child.stop('SIGKILL')
  }

  /** SIGTERM. @throws with its output where the stop is not clean */
  async stop(): Promise<void> {
    const { child } = this
    this.child = null
    const ended = await child?.stop()
    if (ended && ended.code !== 0)
      throw new Error(`it stopped with ${String(ended.code)}:\n${child?.output()}`)
  }

  /** Opens the data of the dead server, as the next one will. */
  openStore(): Promise<Store> {
    const log = { info: () => undefined, error: () => undefined }
    const { dataDir, mongodbUrl } = this.place
    return openStore({ dataDir, mongodbUrl, log })
  }

  private async spawn(): Promise<BuiltProcess> {
    const { dataDir, port, mongodbUrl } = this.place
    const env = {
      PORT: String(port),
      LOG_LEVEL: 'warn',
      MONGODB_URL: mongodbUrl ?? '',
      // How fast a stop is, is another question than what is there after it.
      STOP_WITHIN_MS: '60000',
    }
    const child = await spawnBuilt(dataDir, env)
    this.child = child
    return child
  }
}
