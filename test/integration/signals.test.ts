import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../server/build.js'
import { freePort, temporaryFolder } from '../support/built-server.ts'
import { missingPart } from '../support/missing-part.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dataDir = temporaryFolder()
const hasScript = spawnSync('script', ['--version']).status === 0
if (!hasScript) missingPart('Ctrl-C in a terminal', '`script` (util-linux) is not here')

beforeAll(async () => {
  await build()
}, 180_000)
const groups = new Set<number>()
afterAll(async () => {
  // What a failed test left running.
  for (const group of groups) process.kill(-group, 'SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly pid: number
  output(): string
  /** Resolves when every process that holds the output has ended. */
  readonly ended: Promise<unknown>
}

/** Runs a command in a process group of its own until the server says that it listens. */
async function listening(command: string, words: readonly string[]): Promise<Started> {
  const env = { ...process.env, PORT: String(await freePort()), DATA_DIR: dataDir, LOG_LEVEL: 'info' }
  const child = spawn(command, words, { cwd: root, env, detached: true, stdio: 'pipe' })
  const chunks: string[] = []
  const output = (): string => chunks.join('')
  const pid = child.pid ?? 0
  groups.add(pid)
  const ended = once(child, 'close').finally(() => groups.delete(pid))
  await new Promise<void>((resolve, reject) => {
    const heard = (chunk: Buffer): void => {
      chunks.push(chunk.toString())
      if (output().includes('listening')) resolve()
    }
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    void ended.then(() => {
      reject(new Error(`it ended early:\n${output()}`))
    })
  })
  return { child, pid, output, ended }
}

describe('whoever started it', () => {
  test('[STOP-2] SIGTERM to npm, which passes nothing on, still stops the server cleanly', async () => {
    const { pid, output, ended } = await listening('npm', ['start'])
    process.kill(pid, 'SIGTERM')
    await ended
    expect(output()).toMatch(/stopped/)
  })

  test('[STOP-2] SIGTERM to the whole group is one clean stop', async () => {
    const { pid, output, ended } = await listening('npm', ['start'])
    process.kill(-pid, 'SIGTERM')
    await ended
    expect(output()).toMatch(/stopped/)
    expect(output()).not.toMatch(/leaving at once/)
  })

  test('[STOP-2] SIGTERM to the server itself ends npm as well', async () => {
    const { child, output, ended } = await listening(process.execPath, ['server/start.js'])
    child.kill('SIGTERM')
    await ended
    expect(child.exitCode).toBe(0)
    expect(output()).toMatch(/stopped/)
  })

  test.skipIf(!hasScript)('[STOP-2] Ctrl-C in a terminal is one clean stop', async () => {
    const { child, output, ended } = await listening('script', ['-qec', 'npm start', '/dev/null'])
    child.stdin?.write('\x03')
    await ended
    expect(output()).toMatch(/stopped/)
    expect(output()).not.toMatch(/leaving at once/)
  })
})
