import { createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { BackupError } from './backup-error.ts'
import { counted } from './backup-service.ts'
import { openStopped, progress, runProgram, say, type Words } from './command-line.ts'
import { isAlive, readControl, type Control } from './control-file.ts'
import { restoreStateSchema, type RestoreState } from './restore-state.ts'
import { askServer, NoServer, textOf } from './running-server.ts'
import { stageBackup, verifyBackup, type RestoreReport } from './stage-backup.ts'
import { contentWords, countWords, totalOf } from './words.ts'

const USAGE = `usage: npm run restore -- FILE
Replaces all data of the server (DATA_DIR, MONGODB_URL) by what FILE holds, whether it runs or not.
FILE is checked as a whole before anything changes. FILE '-' is standard input.
The data that is there now is gone after it: make a backup of it first.`

/** Between two looks at how far the server is, in ms. */
const LOOK_MS = 200
/** Longest time that a server may not answer while it restarts, in ms. */
const AWAY_MS = 90_000

await runProgram(USAGE, restore)

async function restore({ file }: Words, config: Config): Promise<void> {
  const spooled = file === '-' ? join(config.dataDir, 'restore.input') : null
  try {
    if (spooled) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => {
          void rm(spooled, { force: true }).finally(() => process.exit(130))
        })
      await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
      // What a killed one left may have other rights, which a write would keep.
      await rm(spooled, { force: true })
      await pipeline(process.stdin, createWriteStream(spooled, { mode: 0o600, flags: 'wx' }))
    }
    const path = spooled ?? file
    const report = (await byServer(path, config)) ?? (await byItself(path, config))
    say(`\nRestored:\n${contentWords(report)}`)
    if (totalOf(report.dropped) > 0)
      say(
        `  left out, since what they belong to was deleted while the backup was made: ${countWords(report.dropped)}`,
      )
    say(
      config.sessionSecret === null
        ? '  Sessions are signed with the secret of the backup: who was not in it joins anew.'
        : '  Sessions are signed with SESSION_SECRET, not with the secret of the backup.',
    )
  } finally {
    if (spooled) await rm(spooled, { force: true })
  }
}

/** Null where no server runs. */
async function byServer(file: string, config: Config): Promise<RestoreReport | null> {
  const control = readControl(config)
  if (!control) return null
  try {
    const reply = await askServer(control, 'POST', '/admin/restore', { file })
    reply.resume()
  } catch (error) {
    if (error instanceof NoServer) return null
    throw error
  }
  say(`The running server (process ${String(control.pid)}) restores it; everybody is asked to come back …`)
  return followed(control)
}

async function followed(control: Control): Promise<RestoreReport> {
  const show = progress()
  let heardAt = performance.now()
  for (;;) {
    const state = await stateOf(control)
    if (state) heardAt = performance.now()
    if (state?.state === 'done') return state.report
    if (state?.state === 'failed') throw new BackupError(state.reason)
    if (state?.state === 'none')
      throw new BackupError('the server was started anew meanwhile; look at its log')
    if (state?.state === 'checking' || state?.state === 'staging')
      show(`${state.state} ${String(Math.round((100 * state.done) / Math.max(1, state.of)))} %`)
    if (performance.now() - heardAt > AWAY_MS || (!state && !isAlive(control.pid)))
      throw new BackupError('the server ended before it was done; look at its log')
    await pause(LOOK_MS)
  }
}

/** Null while it does not answer, as in a restart. */
async function stateOf(control: Control): Promise<RestoreState | null> {
  try {
    const reply = await askServer(control, 'GET', '/admin/restore')
    return restoreStateSchema.parse(JSON.parse(await textOf(reply)))
  } catch (error) {
    if (error instanceof NoServer || (error instanceof Error && 'code' in error)) return null
    throw error
  }
}

async function byItself(file: string, config: Config): Promise<RestoreReport> {
  const show = progress()
  const of = (await stat(file)).size
  const source = (word: string): AsyncGenerator<Uint8Array> =>
    counted(file, (done) => {
      show(`${word} ${String(Math.round((100 * done) / Math.max(1, of)))} %`)
    })
  const verified = await verifyBackup(source('checking'))
  const store = await openStopped(config, false)
  try {
    say(`Restoring into ${store.info.driver}; no server runs …`)
    const report = await stageBackup(store, source('staging'), verified)
    await store.commitRestore()
    return report
  } finally {
    await store.close()
  }
}
