import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pinned } from './pinned.ts'

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const READY_WITHIN_MS = 30_000

/** A server process made from the build, which may not be ready yet. */
export interface BuiltProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Ms from spawn to the first 200 of /ready. @throws with its output where it does not get there */
  ready(): Promise<number>
  /** What it printed so far. */
  output(): string
  /** Sends SIGTERM (or `signal`); resolves with the exit code and how long the exit took in ms. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; ms: number }>
}

/** A server process started from the build, as a user's `npm start` would leave it. */
export interface BuiltServer extends BuiltProcess {
  /** Ms from spawn to the first 200 of /ready. */
  readonly readyMs: number
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'trainboard-'))
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

export interface HowToStart {
  /** The core it runs on; all of them by default. */
  readonly core?: number
  /** Words for Node itself. */
  readonly nodeArgs?: readonly string[]
}

/**
 * Starts dist/server/main.js on a free port, or that of `env.PORT`, and waits for /ready.
 * @throws with its output where it does not get there.
 */
export async function startBuilt(
  dataDir: string,
  env: Record<string, string> = {},
  how: HowToStart = {},
): Promise<BuiltServer> {
  const server = await spawnBuilt(dataDir, env, how)
  return { ...server, readyMs: await server.ready() }
}

/** As `startBuilt`, without waiting. */
export async function spawnBuilt(
  dataDir: string,
  env: Record<string, string> = {},
  { core, nodeArgs = [] }: HowToStart = {},
): Promise<BuiltProcess> {
  const port = Number(env['PORT'] ?? (await freePort()))
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const command = [process.execPath, ...nodeArgs, MAIN]
  const [program = '', ...words] = core === undefined ? command : pinned(core, command)
  const child = spawn(program, words, {
    env: {
      ...process.env,
      npm_lifecycle_event: '',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const exited = once(child, 'exit')
  return {
    url,
    child,
    output: () => chunks.join(''),
    async ready() {
      while (!(await isReady(url))) {
        if (hasEnded(child) || performance.now() - startedAt > READY_WITHIN_MS) {
          child.kill('SIGKILL')
          throw new Error(`the server did not become ready:\n${chunks.join('')}`)
        }
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return performance.now() - startedAt
    },
    async stop(signal = 'SIGTERM') {
      const from = performance.now()
      child.kill(signal)
      await exited
      return { code: child.exitCode, ms: performance.now() - from }
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).status === 200
  } catch {
    return false
  }
}
