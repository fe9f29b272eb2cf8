import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { freePort, temporaryFolder } from './built-server.ts'
import { findMongoProgram, type MongoProgram } from './mongo-program.ts'

const READY_WITHIN_MS = 40_000
const MOST_STARTS = 3

/** A MongoDB to test against. */
export interface MongoServer {
  /** Without a database; `databaseUrl` adds one. */
  readonly url: string
  readonly kind: 'url' | MongoProgram['kind']
  /** Whether it is MongoDB itself; FerretDB has no validators or TTL indexes and scans for all but `_id`. */
  readonly real: boolean
  /** Ends it and removes its data; of a server that was there before, removes the databases of `freshDatabase`. */
  stop(): Promise<void>
  /** The URL of a database that nobody used yet. */
  freshDatabase(): string
}

/** A MongoDB whose process a test may pull about. */
export interface OwnMongoServer extends MongoServer {
  readonly port: number
  /** As if the machine lost power: SIGKILL, the data stays. */
  kill(): Promise<void>
  /** After `kill`: the same port and data; resolves once it answers. */
  start(): Promise<void>
  /** SIGSTOP: connections stay and nothing answers. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
}

let shared: Promise<MongoServer | { missing: string }> | null = null

/**
 * The MongoDB of this process: that of MONGODB_URL, else one started from what the machine has. It ends with the
 * process at the latest.
 */
export function mongoServer(): Promise<MongoServer | { missing: string }> {
  const url = process.env['MONGODB_URL'] ?? ''
  shared ??= url === '' ? ownMongoServer() : givenServer(url)
  return shared
}

/** A MongoDB of its own, never that of MONGODB_URL. */
export async function ownMongoServer(): Promise<OwnMongoServer | { missing: string }> {
  const program = await findMongoProgram()
  if ('missing' in program) return program
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(program)
    } catch (error) {
      // Another process may have taken the port that was free a moment ago.
      if (attempt === MOST_STARTS) throw error
    }
  }
}

/** The URL with another database in it: `mongodb://host/name?options`. */
export function databaseUrl(url: string, name: string): string {
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`)
}

async function startServer(program: MongoProgram): Promise<OwnMongoServer> {
  const port = await freePort()
  const folder = temporaryFolder()
  const url = `mongodb://127.0.0.1:${String(port)}/`
  const removeData = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  let child: ChildProcess | null = null
  const signal = (name: NodeJS.Signals): void => {
    // The whole group, since a shell may stand before the server.
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, name)
  }
  const kill = async (): Promise<void> => {
    const ended = child?.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
    // Who waits for its end must not end before.
    child?.ref()
    signal('SIGKILL')
    await ended
    child = null
  }
  const start = async (): Promise<void> => {
    const [file, ...words] = program.command(port, folder)
    const started = spawn(file, words, { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    started.unref()
    child = started
    let complaint = ''
    started.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000)
    })
    await answers(url, () =>
      started.exitCode === null && started.signalCode === null ? null : `it ended: ${complaint}`,
    )
  }
  process.once('exit', removeData)
  try {
    await start()
  } catch (error) {
    await kill()
    removeData()
    throw error
  }
  return {
    url,
    kind: program.kind,
    real: program.real,
    port,
    freshDatabase: () => databaseUrl(url, freshName()),
    kill,
    start,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      await kill()
      removeData()
      process.off('exit', removeData)
    },
  }
}

async function givenServer(url: string): Promise<MongoServer> {
  await answers(url, () => null)
  const made: string[] = []
  return {
    url,
    kind: 'url',
    real: await isReal(url),
    freshDatabase() {
      const name = freshName()
      made.push(name)
      return databaseUrl(url, name)
    },
    async stop() {
      const client = await MongoClient.connect(url)
      for (const name of made.splice(0)) await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

function freshName(): string {
  return `trainboard-${randomUUID()}`
}

async function isReal(url: string): Promise<boolean> {
  const client = await MongoClient.connect(url)
  const info = await client.db('admin').command({ buildInfo: 1 })
  await client.close()
  return !('ferretdb' in info || 'ferretdbVersion' in info)
}

/** Resolves once it answers a ping. @throws Error once it has ended or the time is over */
async function answers(url: string, ended: () => string | null): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  for (;;) {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 500, connectTimeoutMS: 500 })
    try {
      await client.db('admin').command({ ping: 1 })
      return
    } catch (cause) {
      const why = ended() ?? (performance.now() > deadline ? 'it does not answer' : null)
      if (why !== null) throw new Error(`no MongoDB at its address: ${why}`, { cause })
      await wait(50)
    } finally {
      await client.close()
    }
  }
}
