import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { createApp, type App } from '../../server/app.ts'
import { readConfig, type Config } from '../../server/config.ts'
import { createLearning } from '../../server/learning/create-learning.ts'
import { systemClock } from '../../server/ops/clock.ts'
import { openStore } from '../../server/storage/open.ts'
import type { Store } from '../../server/storage/store.ts'
import { temporaryFolder } from './built-server.ts'

export interface TestAppOptions {
  /** Kept when the app ends, so that another may go on from it; a temporary folder of its own by default. */
  readonly dataDir?: string
  readonly config?: Partial<Config>
  readonly clientFolder?: string
  /** Puts something between the app and its store. */
  readonly over?: (store: Store) => Store
}

export interface TestApp {
  readonly app: App
  readonly store: Store
  /** Without a slash at the end. */
  readonly url: string
  /** Stops the app as a signal would and removes a data folder of its own. */
  end(): Promise<void>
}

/** The real app on a port of its own: real store, real worker threads, silent log. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? temporaryFolder()
  const config = {
    ...readConfig({ PORT: '0', DATA_DIR: dataDir, TRAINBOARD_BACKEND: 'wasm' }, []),
    ...options.config,
  }
  const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
  const clock = systemClock
  const learning = createLearning({ backend: config.backend, log, clock })
  const [store] = await Promise.all([openStore({ dataDir, log }), learning.ready()])
  const clientFolder = options.clientFolder ?? null
  const exposed = options.over?.(store) ?? store
  const app = await createApp({ config, store: exposed, learning, log, clock, clientFolder })
  await app.listen()
  return {
    app,
    store,
    url: `http://127.0.0.1:${String(app.port)}`,
    async end() {
      await app.stop()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
