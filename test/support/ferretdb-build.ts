import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const SOURCE = fileURLToPath(new URL('ferretdb/', import.meta.url))
const CACHE = fileURLToPath(new URL('../../.cache/ferretdb/', import.meta.url))
const GO_PLACES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']
/** Cold caches take about 90 s on two free cores. */
const BUILD_WITHIN_MS = 600_000
const LOOK_AGAIN_MS = 200

const run = promisify(execFile)

/**
 * The path of a FerretDB built from test/support/ferretdb, which is kept until its source changes. One process builds
 * at a time, and the others wait for it.
 */
export async function builtFerret(): Promise<{ path: string } | { missing: string }> {
  const digest = createHash('sha256')
  for (const name of ['main.go', 'go.mod', 'go.sum']) digest.update(readFileSync(SOURCE + name))
  const path = `${CACHE}ferretdb-${digest.digest('hex').slice(0, 16)}`
  if (existsSync(path)) return { path }
  const go = await findGo()
  if (go === null) return { missing: 'there is no Go to build FerretDB with' }
  mkdirSync(CACHE, { recursive: true })
  const lock = `${path}.lock`
  while (!take(lock)) {
    await wait(LOOK_AGAIN_MS)
    if (existsSync(path)) return { path }
    if (isAbandoned(lock)) rmSync(lock, { force: true })
  }
  try {
    if (existsSync(path)) return { path }
    const unfinished = `${path}.${String(process.pid)}`
    await run(go, ['build', '-buildvcs=false', '-ldflags=-s -w', '-o', unfinished, '.'], {
      cwd: SOURCE,
      env: { ...process.env, CGO_ENABLED: '0' },
      timeout: BUILD_WITHIN_MS,
    })
    renameSync(unfinished, path)
    return { path }
  } catch (error) {
    const stderr = z.object({ stderr: z.string() }).safeParse(error).data?.stderr ?? String(error)
    return { missing: `FerretDB could not be built: ${stderr.trim().split('\n').slice(-3).join('; ')}` }
  } finally {
    rmSync(lock, { force: true })
  }
}

async function findGo(): Promise<string | null> {
  for (const place of GO_PLACES) {
    try {
      await run(place, ['version'])
      return place
    } catch {
      continue
    }
  }
  return null
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** Whether the process that took the lock is gone, or had more time than a build may take. */
function isAbandoned(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > BUILD_WITHIN_MS) return true
    const pid = Number(readFileSync(lock, 'utf8'))
    // Between its making and its writing a lock is empty.
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
