import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { startHelper } from '../support/helper-process.ts'
import { CLIENT_CORE, SERVER_CORE } from '../support/pinned.ts'
import { cpuSeconds, readMetrics } from '../support/process-figures.ts'
import { quantile } from '../support/quantile.ts'
import type { handlers } from './load/class-people.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 30
const SECONDS = { full: { warm: 20, measure: 60 }, quick: { warm: 0, measure: 4 } }

/** Thirty people, each drawing and labelling on an own canvas and watching the wall of all, while the model learns. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const { warm, measure } = quick ? SECONDS.quick : SECONDS.full
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir, {}, { core: SERVER_CORE })
  const pid = server.child.pid ?? 0
  const people = startHelper<typeof handlers>(new URL('load/class-people.ts', import.meta.url), CLIENT_CORE)
  try {
    await people.ask('enter', { url: server.url, count: PEOPLE })
    await people.ask('draw', { seconds: warm })
    // Reading the lag begins it anew.
    await readMetrics(server.url)
    const cpuBefore = cpuSeconds(pid)
    const startedAt = performance.now()
    const seen = await people.ask('draw', { seconds: measure })
    const metrics = await readMetrics(server.url)
    const cpu = (cpuSeconds(pid) - cpuBefore) / ((performance.now() - startedAt) / 1_000)
    for (const error of seen.errors) process.stderr.write(`${error}\n`)
    return {
      ink_p50_ms: quantile(seen.ink, 0.5),
      ink_p99_ms: quantile(seen.ink, 0.99),
      stroke_to_bars_p95_ms: quantile(seen.strokeToBars, 0.95),
      label_to_published_p95_ms: quantile(seen.labelToPublished, 0.95),
      loop_lag_p99_ms: metrics.get('trainboard_loop_lag_p99_ms') ?? NaN,
      pointer_to_bars_p95_ms: quantile(seen.pointerToBars, 0.95),
      server_cpu_percent: 100 * cpu,
      clients_lag_p99_ms: seen.lagP99,
      people: PEOPLE,
      labels: seen.labels,
      tails_received: seen.ink.length,
      tails_unknown: seen.inkUnknown,
      tails_unanswered: seen.unanswered,
      errors: seen.errors.length,
    }
  } finally {
    await people.stop()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
