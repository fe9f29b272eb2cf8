import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'

const FILE = 'control.json'

/** How a program of the same user on this computer reaches the server that runs. */
const controlSchema = z.object({
  /** Of the address that it listens on. */
  host: z.string(),
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
  secret: z.string().min(32),
  /** SHA-256 fingerprint of its certificate; null where it speaks plain http. */
  tls: z.string().nullable(),
  /** What it keeps its data in, as `storeOf` says. */
  store: z.string(),
})
export type Control = z.infer<typeof controlSchema>

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Tells SQLite and the databases of MongoDB apart, without their secrets. */
export function storeOf({ mongodbUrl }: Pick<Config, 'mongodbUrl'>): string {
  return mongodbUrl === null ? 'sqlite' : createHash('sha256').update(mongodbUrl).digest('hex')
}

/** Only the user whom the server runs as may read it. @throws where the folder cannot be written */
export function writeControl(dataDir: string, control: Control): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // What lies there may have other rights, which a write would keep.
  rmSync(join(dataDir, FILE), { force: true })
  writeFileSync(join(dataDir, FILE), JSON.stringify(control), { mode: 0o600, flag: 'wx' })
}

/** Leaves the word of another server that was started after this one. */
export function removeControl(dataDir: string, secret: string): void {
  const control = controlSchema.safeParse(contentOf(join(dataDir, FILE)))
  if (control.data?.secret === secret) rmSync(join(dataDir, FILE), { force: true })
}

/**
 * Null where no server runs on the data that `config` names: there is no such file, the process that wrote it is gone,
 * or it keeps its data elsewhere.
 */
export function readControl(config: Pick<Config, 'dataDir' | 'mongodbUrl'>): Control | null {
  const control = controlSchema.safeParse(contentOf(join(config.dataDir, FILE)))
  if (!control.success || control.data.store !== storeOf(config)) return null
  return isAlive(control.data.pid) ? control.data : null
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM'))
      throw error
    return null
  }
}

/** Whether a process of this computer has the id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
