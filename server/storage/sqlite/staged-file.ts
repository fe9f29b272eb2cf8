import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The database that a restore fills, in the data folder. */
export const STAGED = 'restore.sqlite'

/**
 * Makes a file that is not there yet one that its owner alone reads: the database holds the secret that sessions are
 * signed with, and SQLite gives its log the same rights. What is wrong with the place the driver says, in its words.
 */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
  } catch {
    return
  }
}

/** Removes what a restore that was not finished left in the folder. */
export function sweepStaged(dataDir: string): void {
  for (const side of ['', '-journal', '-wal', '-shm']) rmSync(join(dataDir, STAGED + side), { force: true })
}
