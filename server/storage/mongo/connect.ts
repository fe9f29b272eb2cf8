import { MongoClient, type Db, type MongoClientOptions, type WriteConcernSettings } from 'mongodb'
import { z } from 'zod'
import { StoreError } from '../store.ts'
import { toStoreError } from './errors.ts'
import { databaseOf, placeOf, withoutSecrets } from './mongo-url.ts'

/** How long a call waits for a server that is away, or for a connection: so soon the rooms learn of an outage, in ms. */
const AWAY_AFTER_MS = 2_000

/** Acknowledged means that neither a power cut nor the loss of a replica set's primary takes it back. */
const durable: WriteConcernSettings = { w: 'majority', journal: true, wtimeoutMS: 5_000 }

/** What holds for every connection, whatever the address says. */
const common: MongoClientOptions = {
  appName: 'trainboard',
  serverSelectionTimeoutMS: AWAY_AFTER_MS,
  connectTimeoutMS: AWAY_AFTER_MS,
  waitQueueTimeoutMS: AWAY_AFTER_MS,
  // A server that comes back is found within this time, and one that hangs is noticed.
  heartbeatFrequencyMS: 2_000,
  writeConcern: durable,
  readPreference: 'primary',
  // The driver repeats a write once where the server can tell a repetition (a replica set); what cannot is told apart
  // by the documents themselves.
  retryWrites: true,
  retryReads: true,
  ignoreUndefined: true,
}

/** A page of a million drawings or a large checkpoint takes seconds on a slow disk; a hanging server is noticed by the lease. */
const dataOptions: MongoClientOptions = {
  ...common,
  socketTimeoutMS: 20_000,
  minPoolSize: 1,
  maxPoolSize: 16,
}
/** Beats have their own connections, so that they never wait behind the data. */
const leaseOptions: MongoClientOptions = { ...common, socketTimeoutMS: AWAY_AFTER_MS, maxPoolSize: 2 }

export interface MongoConnection {
  readonly data: Db
  readonly lease: Db
  /** Name and version of the server, as 'mongodb (8.0.4)'. */
  readonly server: string
  close(): Promise<void>
}

/** @throws StoreError `unavailable` where the address is wrong or nothing answers at it; no error holds the password */
export async function connect(url: string): Promise<MongoConnection> {
  const clients: MongoClient[] = []
  const close = async (): Promise<void> => {
    await Promise.allSettled(clients.map((client) => client.close()))
  }
  try {
    const client = (options: MongoClientOptions): MongoClient => {
      const made = new MongoClient(url, options)
      clients.push(made)
      return made
    }
    const [data, lease] = [client(dataOptions), client(leaseOptions)]
    await Promise.all([data.connect(), lease.connect()])
    // An address with `journal=false` has the last word on what its client does by itself.
    const database = (of: MongoClient): Db => of.db(databaseOf(url), { writeConcern: durable })
    return { data: database(data), lease: database(lease), server: await serverOf(data), close }
  } catch (error) {
    await close()
    const message = withoutSecrets(toStoreError(error).message)
    throw new StoreError('unavailable', `MONGODB_URL (${placeOf(url)}): ${message}`, {
      cause: new Error(message),
    })
  }
}

const buildInfo = z.object({ version: z.string(), ferretdbVersion: z.optional(z.string()) })

async function serverOf(client: MongoClient): Promise<string> {
  const info = buildInfo.parse(await client.db('admin').command({ buildInfo: 1 }))
  return info.ferretdbVersion === undefined ? `mongodb (${info.version})` : 'mongodb (FerretDB)'
}
