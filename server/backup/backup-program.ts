import { createReadStream, existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import { VERSION } from '../ops/version.ts'
import { BackupError } from './backup-error.ts'
import { openStopped, progress, runProgram, say, type Words } from './command-line.ts'
import { readControl } from './control-file.ts'
import { askServer, NoServer } from './running-server.ts'
import { verifyBackup } from './stage-backup.ts'
import { contentWords, sizeWords } from './words.ts'
import { writeBackup } from './write-backup.ts'

const USAGE = `usage: npm run backup -- FILE [--force]
Writes all data of the server (DATA_DIR, MONGODB_URL) to FILE, whether it runs or not.
FILE '-' is standard output: node server/start.js backup -. --force replaces a FILE that exists.`

await runProgram(USAGE, backUp)

async function backUp({ file, force }: Words, config: Config): Promise<void> {
  if (file === '-') {
    await withPieces(config, async (pieces) => {
      for await (const piece of pieces)
        if (!process.stdout.write(piece))
          await new Promise((drained) => process.stdout.once('drain', drained))
    })
    return
  }
  if (!force && existsSync(file)) throw new BackupError(`${file} exists; --force replaces it`)
  const part = `${file}.part`
  let mine = false
  const tidy = async (): Promise<void> => {
    if (mine) await rm(part, { force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void tidy().finally(() => process.exit(130))
    })
  try {
    await withPieces(config, async (pieces) => {
      // What lies there may be a link, or have other rights, which a write would keep.
      await rm(part, { force: true })
      mine = true
      await writeFile(part, pieces)
    })
    const contents = await verifyBackup(createReadStream(part) as AsyncIterable<Buffer>)
    await rename(part, file)
    await flushFolder(dirname(file))
    say(`\nThe backup is in ${file} and was read back:\n${contentWords(contents)}`)
    say('  It holds the secret that signs sessions: keep it as private as the data itself.')
  } finally {
    await tidy()
  }
}

/** From the server where it runs, else from the store itself. */
async function withPieces(
  config: Config,
  take: (pieces: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const control = readControl(config)
  try {
    if (control) {
      const reply = await askServer(control, 'GET', '/admin/backup')
      say(`Backing up the running server (process ${String(control.pid)}) …`)
      await take(reply as AsyncIterable<Buffer>)
      return
    }
  } catch (error) {
    if (!(error instanceof NoServer)) throw error
  }
  const store = await openStopped(config, true)
  try {
    say(`Backing up ${store.info.driver}; no server runs …`)
    await take(writeBackup(store, { now: Date.now(), program: VERSION }))
  } finally {
    await store.close()
  }
}

async function writeFile(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const show = progress()
  const file = await open(path, 'wx', 0o600)
  try {
    let bytes = 0
    for await (const piece of pieces) {
      await file.writeFile(piece)
      bytes += piece.byteLength
      show(sizeWords(bytes))
    }
    await file.sync()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET')
      throw new BackupError('the server broke off', { cause })
    throw cause
  } finally {
    await file.close()
  }
}

/** Makes the new name survive a power loss, where a folder can be opened. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
