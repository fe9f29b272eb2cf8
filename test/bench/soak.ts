import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { startHelper } from '../support/helper-process.ts'
import { heapAfterCollection } from '../support/inspector.ts'
import { CLIENT_CORE, SERVER_CORE } from '../support/pinned.ts'
import { readMetrics, residentMb } from '../support/process-figures.ts'
import type { handlers } from './load/soak-people.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 50
const SECONDS = { full: { warm: 90, live: 600 }, quick: { warm: 10, live: 50 } }
/** A document is let go after a minute without anybody. */
const EMPTY_WITHIN_MS = 100_000
const LOOK_EVERY_MS = 1_000

/**
 * Fifty people come, draw, label, go and come back: what the server holds more at the end than after a warm-up, each
 * time with nobody there, its memory collected and (but with `--quick`) its documents let go.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const { warm, live } = quick ? SECONDS.quick : SECONDS.full
  const dataDir = temporaryFolder()
  const inspect = await freePort()
  const nodeArgs = [`--inspect=127.0.0.1:${String(inspect)}`]
  const server = await startBuilt(dataDir, {}, { core: SERVER_CORE, nodeArgs })
  const { url } = server
  const people = startHelper<typeof handlers>(new URL('load/soak-people.ts', import.meta.url), CLIENT_CORE)
  try {
    await people.ask('prepare', { url, count: PEOPLE })
    const begun = await people.ask('live', { url, seconds: warm })
    if (!quick) await untilEmpty(server)
    const before = await memoryOf(server, inspect)
    const seen = await people.ask('live', { url, seconds: live })
    const { documents, ms } = await untilEmpty(server)
    const after = await memoryOf(server, inspect)
    const errors = [...begun.errors, ...seen.errors]
    for (const error of errors) process.stderr.write(`${error}\n`)
    return {
      heap_growth_mb: after.heap - before.heap,
      rss_growth_mb: after.rss - before.rss,
      errors: errors.length,
      documents_left_after_all_leave: documents,
      documents_let_go_s: ms / 1_000,
      heap_mb: after.heap,
      rss_mb: after.rss,
      visits: seen.visits,
      drawings: seen.drawings,
      points: seen.points,
      people: PEOPLE,
      seconds: live,
    }
  } finally {
    await people.stop()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Waits until the server holds no document any more. */
async function untilEmpty({ url }: BuiltServer): Promise<{ documents: number; ms: number }> {
  const from = performance.now()
  for (;;) {
    const documents = (await readMetrics(url)).get('trainboard_documents') ?? NaN
    const ms = performance.now() - from
    if (documents === 0 || ms > EMPTY_WITHIN_MS) return { documents, ms }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

async function memoryOf({ child }: BuiltServer, inspect: number): Promise<{ heap: number; rss: number }> {
  const heap = await heapAfterCollection(inspect)
  return { heap, rss: residentMb(child.pid ?? 0) }
}
