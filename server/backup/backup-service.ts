import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { VERSION } from '../ops/version.ts'
import type { Store } from '../storage/store.ts'
import { BackupError } from './backup-error.ts'
import type { RestoreState } from './restore-state.ts'
import { stageBackup, verifyBackup } from './stage-backup.ts'
import { writeBackup } from './write-backup.ts'

export interface BackupServiceOptions {
  readonly secret: string
  readonly now: () => number
  /** The store that serves now. */
  readonly store: () => Store
  /** Stops serving, runs `change`, and serves again from what the store holds then; rejects with what `change` threw. */
  readonly restart: (change: (store: Store) => Promise<void>) => Promise<void>
  readonly log: {
    error(details: object, message: string): void
    info(details: object, message: string): void
  }
}

/** Backups and restores of the server that runs, one at a time. */
export interface BackupService {
  readonly secret: string
  /** `end` must be called in the end, also where not all pieces were taken. @throws BackupError while another backup or restore is under way */
  backup(): { readonly pieces: AsyncIterable<Buffer>; readonly end: () => void }
  /** Begins to restore from a file of this computer. @throws BackupError while another one is under way */
  restore(file: string): void
  readonly state: RestoreState
}

export function createBackupService(options: BackupServiceOptions): BackupService {
  const { log, now } = options
  let busy: 'backup' | 'restore' | null = null
  let state: RestoreState = { state: 'none' }

  const begin = (what: 'backup' | 'restore'): void => {
    if (busy !== null) throw new BackupError(`another ${busy} is under way`)
    busy = what
  }

  const restoreFrom = async (file: string): Promise<void> => {
    const of = (await stat(file)).size
    const source = (step: 'checking' | 'staging') =>
      counted(file, (done) => (state = { state: step, done, of }))
    const store = options.store()
    const verified = await verifyBackup(source('checking'))
    const report = await stageBackup(store, source('staging'), verified)
    state = { state: 'restarting' }
    await options.restart((standing) => standing.commitRestore())
    state = { state: 'done', report }
    log.info({ counts: report.counts, dropped: report.dropped }, 'restored a backup')
  }

  return {
    secret: options.secret,
    backup() {
      begin('backup')
      return {
        pieces: writeBackup(options.store(), { now: now(), program: VERSION }),
        end: once(() => (busy = null)),
      }
    },
    restore(file) {
      begin('restore')
      state = { state: 'checking', done: 0, of: 0 }
      restoreFrom(file)
        .catch((error: unknown) => {
          log.error({ err: error }, 'a restore failed')
          state = { state: 'failed', reason: error instanceof Error ? error.message : String(error) }
        })
        .finally(() => (busy = null))
        .catch(() => undefined)
    },
    get state() {
      return state
    },
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

/** The bytes of a file; `read` is told how many there were so far. */
export async function* counted(file: string, read: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    read(bytes)
    yield chunk
  }
}
