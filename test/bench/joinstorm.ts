import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { startHelper } from '../support/helper-process.ts'
import { monotonic } from '../support/monotonic.ts'
import { CLIENT_CORE, SERVER_CORE } from '../support/pinned.ts'
import { readMetrics } from '../support/process-figures.ts'
import { quantile } from '../support/quantile.ts'
import type { handlers } from './load/storm-clients.ts'
import type { BenchOptions, Figures } from './options.ts'

const CLIENTS = 150
/** Of them published clients, that decode what they get and compare it. */
const DECODING = 10
const LOAD = new URL('load/storm-clients.ts', import.meta.url)

/** A canvas at the limit of its size, and a hundred and fifty who come into its room and open it in one moment. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const rounds = quick ? 1 : 3
  const joined: number[] = []
  const entered: number[] = []
  const lags: number[] = []
  let different = 0
  let bytes = 0
  for (let round = 0; round < rounds; round++) {
    const seen = await storm()
    joined.push(...seen.joined)
    entered.push(...seen.entered)
    lags.push(seen.lagP99)
    different += seen.different
    bytes = seen.bytes
  }
  return {
    join_p50_ms: quantile(joined, 0.5),
    join_p99_ms: quantile(joined, 0.99),
    room_join_p99_ms: quantile(entered, 0.99),
    loop_lag_p99_ms: Math.max(...lags),
    documents_different: different,
    documents_compared: DECODING * rounds,
    canvas_kb: bytes / 1_000,
    clients: CLIENTS,
    rounds,
  }
}

async function storm(): Promise<{
  joined: readonly number[]
  entered: readonly number[]
  different: number
  lagP99: number
  bytes: number
}> {
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir, {}, { core: SERVER_CORE })
  const { url } = server
  const readers = startHelper<typeof handlers>(LOAD, CLIENT_CORE)
  const decoders = startHelper<typeof handlers>(LOAD, CLIENT_CORE)
  try {
    const full = await readers.ask('fill', { url })
    const reading = CLIENTS - DECODING
    await readers.ask('prepare', { url, full, first: 0, count: reading })
    await decoders.ask('prepare', { url, full, first: reading, count: DECODING })
    // Reading the lag begins it anew.
    await readMetrics(url)
    const from = monotonic() + 200
    const seen = await Promise.all([
      readers.ask('storm', { full, decode: false, from }),
      decoders.ask('storm', { full, decode: true, from }),
    ])
    const metrics = await readMetrics(url)
    return {
      joined: seen.flatMap(({ joined }) => joined),
      entered: seen.flatMap(({ entered }) => entered),
      different: seen.reduce((sum, one) => sum + one.different, 0),
      lagP99: metrics.get('trainboard_loop_lag_p99_ms') ?? NaN,
      bytes: full.bytes,
    }
  } finally {
    await Promise.all([readers.stop(), decoders.stop()])
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
