import { rmSync } from 'node:fs'
import { join } from 'node:path'

/** The database that a restore fills, in the data folder. */
export const STAGED = 'restore.sqlite'

/** Removes what a restore that was not finished left in the folder. */
export function sweepStaged(dataDir: string): void {
  for (const side of ['', '-journal', '-wal', '-shm']) rmSync(join(dataDir, STAGED + side), { force: true })
}
