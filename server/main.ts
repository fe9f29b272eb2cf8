import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createApp, type App } from './app.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { createLearning } from './learning/create-learning.ts'
import { announcement } from './ops/announce.ts'
import { systemClock } from './ops/clock.ts'
import { errorText } from './ops/error-text.ts'
import { createLog, type Log } from './ops/log.ts'
import { hearSignals } from './ops/signals.ts'
import { openStore } from './storage/open.ts'
import type { StoreError } from './storage/store.ts'

const EXIT_FAILED = 1
const EXIT_AT_ONCE = 130
/** What a stop that keeps its own deadline may take beyond it, to end the process. */
const GRACE_MS = 500

const config = configOrExit()
const onTerminal = process.stdout.isTTY
const log = await createLog({ level: config.logLevel, pretty: onTerminal })

let app: App | null = null
/** The code to exit with; null while nobody has asked to stop. */
const asked: { exitCode: number | null } = { exitCode: null }

const stop = (reason: string, code = 0): void => {
  if (asked.exitCode !== null) return
  asked.exitCode = code
  log.info({ reason }, 'stopping')
  setTimeout(() => {
    const unsaved = app ? app.unsaved() : ['the start had not ended']
    log.error({ unsaved }, 'not stopped in time: leaving')
    process.exit(EXIT_FAILED)
  }, config.stopWithinMs + GRACE_MS).unref()
  if (app) void finish(app, code)
}

hearSignals({
  source: process,
  now: () => performance.now(),
  startedByNpm: (process.env['npm_lifecycle_event'] ?? '') !== '',
  stop: (reason) => {
    stop(reason)
  },
  exitAtOnce: (reason) => {
    log.error({ reason, unsaved: app?.unsaved() ?? [] }, 'told twice to stop: leaving at once')
    process.exit(EXIT_AT_ONCE)
  },
})
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event)
    stop(event, EXIT_FAILED)
  })

try {
  app = await open(config, log, (error) => {
    log.fatal({ err: error }, 'the store is lost')
    stop(`the store is lost: ${errorText(error)}`, EXIT_FAILED)
  })
  // A signal that came while everything was being opened found no app to stop.
  if (asked.exitCode === null) await app.listen()
  else await finish(app, asked.exitCode)
  log.info({ port: app.port, host: config.host, ms: Math.round(process.uptime() * 1_000) }, 'listening')
  if (onTerminal || config.lan) process.stdout.write(announcement(app.reach, config.lan))
} catch (error) {
  log.fatal({ err: error }, `Trainboard could not start: ${errorText(error)}`)
  process.exit(EXIT_FAILED)
}

/** Store and network open side by side; together they decide how long a start takes. */
async function open(config: Config, log: Log, lost: (error: StoreError) => void): Promise<App> {
  const clock = systemClock
  const learning = createLearning({ backend: config.backend, log, clock })
  const [store] = await Promise.all([openStore({ ...config, log }), learning.ready()])
  void store.lost.then(lost)
  return createApp({ config, store, learning, log, clock, clientFolder: clientFolder() })
}

async function finish(app: App, code: number): Promise<never> {
  try {
    const report = await app.stop()
    log.info({ saved: report.saved, ms: report.ms }, 'stopped')
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
