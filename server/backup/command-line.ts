import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError, readConfig, type Config } from '../config.ts'
import { openStore } from '../storage/open.ts'
import { StoreError, type Store } from '../storage/store.ts'
import { BackupError } from './backup-error.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
/** Ms between two lines of progress. */
const PROGRESS_MS = 500

export interface Words {
  /** Absolute; '-' for the standard stream. */
  readonly file: string
  readonly force: boolean
}

/** Runs a program of the command line and ends the process; what went wrong is told in one line. */
export async function runProgram(
  usage: string,
  run: (words: Words, config: Config) => Promise<void>,
): Promise<never> {
  const words = wordsOrExit(usage)
  try {
    await run(words, readConfig(process.env, []))
    process.exit(0)
  } catch (error) {
    say(`\n${error instanceof ConfigError ? error.message : `Failed: ${reasonOf(error)}`}`)
    process.exit(EXIT_FAILED)
  }
}

function wordsOrExit(usage: string): Words {
  try {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(3),
      allowPositionals: true,
      options: {
        force: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const [file, ...more] = positionals
    if (values.help) {
      process.stdout.write(`${usage}\n`)
      process.exit(0)
    }
    if (file !== undefined && more.length === 0) return { file: fromHere(file), force: values.force }
  } catch {
    // An unknown option is answered as a missing file is.
  }
  say(usage)
  process.exit(EXIT_USAGE)
}

/** npm runs its scripts in the project's folder, and says where it was called. */
function fromHere(file: string): string {
  const byNpm = ['backup', 'restore'].includes(process.env['npm_lifecycle_event'] ?? '')
  return file === '-' ? file : resolve((byNpm ? process.env['INIT_CWD'] : undefined) ?? '.', file)
}

/** Standard output may be the backup itself. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Shows on a terminal how far something is, now and then. */
export function progress(): (line: string) => void {
  let next = 0
  return (line) => {
    if (!process.stderr.isTTY || performance.now() < next) return
    next = performance.now() + PROGRESS_MS
    process.stderr.write(`\r\u001b[2K${line}`)
  }
}

/**
 * The store that a stopped server left.
 * @throws BackupError where `mustExist` and there is none; StoreError as `openStore`
 */
export async function openStopped(config: Config, mustExist: boolean): Promise<Store> {
  if (mustExist && config.mongodbUrl === null && !existsSync(join(config.dataDir, 'trainboard.sqlite')))
    throw new BackupError(`there is no data in ${config.dataDir}; DATA_DIR names another folder`)
  return openStore({
    ...config,
    log: {
      info: () => undefined,
      error: (details, message) => say(`${message}: ${JSON.stringify(details)}`),
    },
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof StoreError && error.code === 'locked')
    return `${error.message}. It runs, but does not answer here: try again, or stop it first.`
  return error instanceof Error ? error.message : String(error)
}
