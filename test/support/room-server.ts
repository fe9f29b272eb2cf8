import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createApp, type App, type AppLimits } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { systemClock } from '../../server/ops/clock.ts'
import { openStore } from '../../server/storage/open.ts'
import type { Store } from '../../server/storage/store.ts'
import { FakeLearning } from './fake-learning.ts'

/** A real server with a real store, and a network that needs no thread: for what concerns rooms alone. */
export interface RoomServer {
  readonly url: string
  readonly app: App
  readonly store: Store
  readonly learning: FakeLearning
  /** Stops the server and starts another one on the same data. */
  restart(): Promise<RoomServer>
  stop(): Promise<void>
}

/** `wrap` may replace methods of the store, to let it fail. */
export async function startRoomServer(
  wrap: (store: Store) => Store = (store) => store,
  limits: AppLimits = {},
): Promise<RoomServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trainboard-rooms-'))
  return startOn(dataDir, wrap, limits)
}

async function startOn(
  dataDir: string,
  wrap: (store: Store) => Store,
  limits: AppLimits,
): Promise<RoomServer> {
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir }, [])
  const store = wrap(await openStore({ dataDir, log }))
  const learning = new FakeLearning()
  const clock = systemClock
  const app = await createApp({ config, store, learning, log, clock, clientFolder: null, limits })
  await app.listen()
  return {
    url: `http://127.0.0.1:${String(app.port)}`,
    app,
    store,
    learning,
    async restart() {
      await app.stop()
      return startOn(dataDir, wrap, limits)
    },
    async stop() {
      await app.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
