import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { openStore } from '../../../server/storage/open.ts'
import type { Store } from '../../../server/storage/store.ts'
import { startBuilt, temporaryFolder, type BuiltServer } from '../../support/built-server.ts'
import { faultProxy, targetOf, throughProxy } from '../../support/fault-proxy.ts'
import { ownMongoServer } from '../../support/mongo-server.ts'

const BROKEN_STORE = fileURLToPath(new URL('../../support/broken-store.mjs', import.meta.url))

/** Where a benchmark's server keeps its data, and how that goes away and comes back. */
export interface StorePlace {
  /** Starts the server that keeps its data here. */
  start(): Promise<BuiltServer>
  /** The store itself, while no server has it. */
  open(): Promise<Store>
  away(server: BuiltServer): void
  back(server: BuiltServer): void
  end(): Promise<void>
}

/** A place for the data of one server. @throws Error naming what this machine lacks for it */
export function storePlace(driver: 'sqlite' | 'mongo'): Promise<StorePlace> {
  return driver === 'mongo' ? mongoPlace() : Promise.resolve(sqlitePlace())
}

function sqlitePlace(): StorePlace {
  const dataDir = temporaryFolder()
  const toggle = ({ child }: BuiltServer): void => void child.kill('SIGUSR2')
  return {
    start: () => startBuilt(dataDir, {}, { nodeArgs: ['--import', BROKEN_STORE] }),
    open: () => openStore({ dataDir, log: pino({ level: 'silent' }) }),
    away: toggle,
    back: toggle,
    end: () => rm(dataDir, { recursive: true, force: true }),
  }
}

/** Through a line that can be cut, so that the server sees what it would see of a broken network. */
async function mongoPlace(): Promise<StorePlace> {
  const mongo = await ownMongoServer()
  if ('missing' in mongo) throw new Error(`no MongoDB: ${mongo.missing}`)
  const url = mongo.freshDatabase()
  const proxy = await faultProxy(targetOf(url))
  const dataDir = temporaryFolder()
  return {
    start: () => startBuilt(dataDir, { MONGODB_URL: throughProxy(url, proxy) }),
    open: () => openStore({ dataDir, mongodbUrl: url, log: pino({ level: 'silent' }) }),
    away: () => proxy.set('refuse'),
    back: () => proxy.set('pass'),
    async end() {
      await proxy.stop()
      await mongo.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
