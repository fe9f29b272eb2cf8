import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DryMongoBinary } from 'mongodb-memory-server-core/lib/util/DryMongoBinary.js'
import { MongoBinary } from 'mongodb-memory-server-core/lib/util/MongoBinary.js'
import { DEFAULT_VERSION } from 'mongodb-memory-server-core/lib/util/resolveConfig.js'
import { builtFerret } from './ferretdb-build.ts'

const DOWNLOAD_WITHIN_MS = 60_000

export interface MongoProgram {
  readonly kind: 'mongod' | 'memory-server' | 'ferretdb'
  /** Whether it is MongoDB itself, with validators, TTL indexes and quick look-ups by every index. */
  readonly real: boolean
  /** Program and words that listen on a port of 127.0.0.1 with their data in a folder, and end with standard input. */
  command(port: number, folder: string): readonly [string, ...string[]]
}

/** The best MongoDB that this machine can start: mongod on the path, that of mongodb-memory-server, FerretDB. */
export async function findMongoProgram(): Promise<MongoProgram | { missing: string }> {
  if (await answersVersion('mongod')) return mongod('mongod', 'mongod')
  const downloaded = await downloadedMongod()
  if (downloaded !== null) return mongod('memory-server', downloaded)
  const ferret = await builtFerret()
  if ('missing' in ferret) {
    return {
      missing: `there is no MONGODB_URL, no mongod on the path, none that mongodb-memory-server keeps, and ${ferret.missing}`,
    }
  }
  return {
    kind: 'ferretdb',
    real: false,
    command: (port, folder) => [ferret.path, `127.0.0.1:${String(port)}`, folder],
  }
}

/** A shell stands between, since mongod does not look at its standard input. */
function mongod(kind: 'mongod' | 'memory-server', path: string): MongoProgram {
  const script = '"$@" & server=$!; cat >/dev/null; kill -9 $server'
  return {
    kind,
    real: true,
    command: (port, folder) => [
      'sh',
      ...['-c', script, 'mongod', path, '--bind_ip', '127.0.0.1', '--port', String(port)],
      ...['--dbpath', folder, '--nounixsocket'],
    ],
  }
}

/** What is kept already; fetched only where a MONGOMS_ variable shows that somebody wants it. */
async function downloadedMongod(): Promise<string | null> {
  const version = process.env['MONGOMS_VERSION'] ?? DEFAULT_VERSION
  const kept = await DryMongoBinary.locateBinary({ version }).catch(() => undefined)
  if (kept !== undefined && (await answersVersion(kept))) return kept
  if (!Object.keys(process.env).some((name) => name.startsWith('MONGOMS_'))) return null
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), DOWNLOAD_WITHIN_MS).unref())
  const fetched = await Promise.race([MongoBinary.getPath({ version }).catch(() => null), late])
  return fetched !== null && (await answersVersion(fetched)) ? fetched : null
}

async function answersVersion(path: string): Promise<boolean> {
  try {
    await promisify(execFile)(path, ['--version'], { timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
