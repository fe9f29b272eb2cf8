import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ConfigError, readConfig, type Config } from './config.ts'
import { Life } from './life.ts'
import { announcement } from './ops/announce.ts'
import { errorText } from './ops/error-text.ts'
import { createLog } from './ops/log.ts'
import { hearSignals } from './ops/signals.ts'

const EXIT_FAILED = 1
const EXIT_AT_ONCE = 130
/** What a stop that keeps its own deadline may take beyond it, to end the process. */
const GRACE_MS = 500

const config = configOrExit()
const onTerminal = process.stdout.isTTY
const log = await createLog({ level: config.logLevel, pretty: onTerminal })

const life = new Life({
  config,
  log,
  clientFolder: clientFolder(),
  storeLost: (error) => {
    log.fatal({ err: error }, 'the store is lost')
    stop(`the store is lost: ${errorText(error)}`, EXIT_FAILED)
  },
  failed: (error) => {
    log.fatal({ err: error }, 'the server could not be opened again')
    stop(`the server could not be opened again: ${errorText(error)}`, EXIT_FAILED)
  },
})
/** The code to exit with; null while nobody has asked to stop. */
const asked: { exitCode: number | null } = { exitCode: null }
let opened = false

const stop = (reason: string, code = 0): void => {
  if (asked.exitCode !== null) return
  asked.exitCode = code
  log.info({ reason }, 'stopping')
  setTimeout(() => {
    log.error({ unsaved: life.unsaved() }, 'not stopped in time: leaving')
    process.exit(EXIT_FAILED)
  }, config.stopWithinMs + GRACE_MS).unref()
  if (opened) void finish(code)
}

hearSignals({
  source: process,
  now: () => performance.now(),
  startedByNpm: (process.env['npm_lifecycle_event'] ?? '') !== '',
  stop: (reason) => {
    stop(reason)
  },
  exitAtOnce: (reason) => {
    log.error({ reason, unsaved: life.unsaved() }, 'told twice to stop: leaving at once')
    process.exit(EXIT_AT_ONCE)
  },
})
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event)
    stop(event, EXIT_FAILED)
  })

try {
  await life.open()
  opened = true
  // A signal that came while everything was being opened found nothing to stop.
  if (asked.exitCode !== null) await finish(asked.exitCode)
  const app = await life.listen()
  log.info({ port: app.port, host: config.host, ms: Math.round(process.uptime() * 1_000) }, 'listening')
  if (onTerminal || config.lan) process.stdout.write(announcement(app.reach, config.lan))
} catch (error) {
  log.fatal({ err: error }, `Trainboard could not start: ${errorText(error)}`)
  process.exit(EXIT_FAILED)
}

async function finish(code: number): Promise<never> {
  try {
    const report = await life.stop()
    if (!report) process.exit(code)
    log.info({ saved: report.saved, late: report.late, ms: report.ms }, 'stopped')
    if (!report.clean) log.error({ failed: report.failed }, 'not everything could be saved and closed')
    process.exit(report.clean ? code : EXIT_FAILED)
  } catch (error) {
    log.fatal({ err: error }, 'the stop failed')
    process.exit(EXIT_FAILED)
  }
}

/** Beside the built server; run from TypeScript, where a build left it. */
function clientFolder(): string | null {
  const folders = ['../client', '../dist/client'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(`${folder}/index.html`) && folder.includes('dist')) ?? null
}

function configOrExit(): Config {
  try {
    return readConfig(process.env, process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EXIT_FAILED)
  }
}
