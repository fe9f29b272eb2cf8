import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { startHelper } from '../support/helper-process.ts'
import { monotonic } from '../support/monotonic.ts'
import { CLIENT_CORE, SERVER_CORE } from '../support/pinned.ts'
import { quantile } from '../support/quantile.ts'
import type { handlers } from './load/returning-clients.ts'
import type { BenchOptions, Figures } from './options.ts'

const CLIENTS = 200
/** Of them those who have their canvas open and go on drawing while the server is away. */
const DRAWING = 20
const LOAD = new URL('load/returning-clients.ts', import.meta.url)

/**
 * A full room loses its server, once by SIGTERM and once by kill -9, which starts again on the same port and data: how
 * long until everybody has joined again, by the page's own socket, and what of what was drawn is missing at the end.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const dataDir = temporaryFolder()
  const port = await freePort()
  const start = (): Promise<BuiltServer> => startBuilt(dataDir, { PORT: String(port) }, { core: SERVER_CORE })
  let server = await start()
  const people = startHelper<typeof handlers>(LOAD, CLIENT_CORE)
  try {
    await people.ask('come', { url: server.url, count: CLIENTS, drawing: DRAWING })
    await people.ask('draw', undefined)
    const back: Record<string, readonly number[]> = {}
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await pass(quick ? 500 : 3_000)
      const gone = once(server.child, 'exit')
      server.child.kill(signal)
      await gone
      const since = monotonic()
      server = await start()
      back[signal] = await people.ask('back', { since })
    }
    const { drawn, notStored, errors } = await people.ask('finish', undefined)
    // What was acknowledged as stored outlives any end.
    await server.stop('SIGKILL')
    server = await start()
    const lost = await people.ask('missing', { url: server.url, drawn })
    const [stopped = [], killed = []] = [back['SIGTERM'], back['SIGKILL']]
    for (const error of errors) process.stderr.write(`${error}\n`)
    return {
      all_back_p100_ms: Math.max(...stopped, ...killed),
      all_back_p100_ms_sigterm: Math.max(...stopped),
      all_back_p100_ms_sigkill: Math.max(...killed),
      back_p50_ms_sigterm: quantile(stopped, 0.5),
      back_p50_ms_sigkill: quantile(killed, 0.5),
      server_ready_ms: server.readyMs,
      edits_lost: lost,
      edits: drawn.reduce((sum, { strokeIds }) => sum + strokeIds.length, 0),
      canvases_not_stored: notStored,
      errors: errors.length,
      clients: CLIENTS,
    }
  } finally {
    await people.stop()
    await server.stop('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** People draw for so long before the server goes. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
