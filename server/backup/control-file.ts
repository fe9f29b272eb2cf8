import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

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
})
export type Control = z.infer<typeof controlSchema>

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Only the user whom the server runs as may read it. @throws where the folder cannot be written */
export function writeControl(dataDir: string, control: Control): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // What lies there may have other rights, which a write would keep.
  rmSync(join(dataDir, FILE), { force: true })
  writeFileSync(join(dataDir, FILE), JSON.stringify(control), { mode: 0o600, flag: 'wx' })
}

export function removeControl(dataDir: string): void {
  rmSync(join(dataDir, FILE), { force: true })
}

/** Null where no server runs: there is no such file, or the process that wrote it is gone. */
export function readControl(dataDir: string): Control | null {
  const control = controlSchema.safeParse(contentOf(join(dataDir, FILE)))
  return control.success && isAlive(control.data.pid) ? control.data : null
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
