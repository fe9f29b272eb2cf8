import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { Client } from '../support/clients.ts'
import { startHelper, type HelperProcess } from '../support/helper-process.ts'
import { monotonic } from '../support/monotonic.ts'
import { startPeer } from '../support/peer-server.ts'
import { CLIENT_CORE, SERVER_CORE } from '../support/pinned.ts'
import { cpuSeconds } from '../support/process-figures.ts'
import { quantile } from '../support/quantile.ts'
import type { handlers, Seen } from './load/fan-clients.ts'
import type { Target } from './load/wire.ts'
import type { BenchOptions, Figures } from './options.ts'

const CLIENTS = 200
/** Of them the published ones, that are timed. */
const TIMED = 10
const SHARED_CANVASES = 10
const SECONDS = { full: { warm: 3, measure: 10, late: 1 }, quick: { warm: 0.3, measure: 1, late: 0.7 } }
const LOAD = new URL('load/fan-clients.ts', import.meta.url)
const Y_WEBSOCKET = new URL('server.js', import.meta.resolve('@y/websocket-server/utils'))

interface Measured {
  /** Tail sent → tail received at the timed clients, in ms. */
  readonly p50: number
  readonly p99: number
  /** Share of the points drawn that arrived at the others. */
  readonly delivered: number
  readonly cpuPercent: number
}

/**
 * Two hundred clients in one room, some of whom draw: how long a tail takes to the others and how many points arrive,
 * in the product and in peers under the same load.
 */
export default async function bench({ quick, args }: BenchOptions): Promise<Figures> {
  await build()
  const seconds = quick ? SECONDS.quick : SECONDS.full
  const only = args[0]
  const wanted = (peer: string): boolean => only === undefined || only === peer
  const loads = [startHelper<Handlers>(LOAD, CLIENT_CORE), startHelper<Handlers>(LOAD, CLIENT_CORE)] as const
  const setup = { seconds, loads }
  const ours = wanted('ours') ? await measureOurs([10, 30, 60, 200], setup) : []
  const [d10, d30, d60, d200] = ours
  const plain = wanted('plain-ws') ? await measurePeer('plain-ws', [60, 200], setup) : []
  const [socketIo] = wanted('socket-io') ? await measurePeer('socket-io', [60], setup) : []
  const [yWebsocket] = wanted('y-websocket') ? await measurePeer('y-websocket', [60], setup) : []
  for (const load of loads) await load.stop()
  return {
    ours_p99_ms_d10: d10?.p99 ?? NaN,
    ours_p99_ms_d30: d30?.p99 ?? NaN,
    ours_p99_ms_d60: d60?.p99 ?? NaN,
    ours_p99_ms_d200: d200?.p99 ?? NaN,
    ours_p50_ms_d60: d60?.p50 ?? NaN,
    ours_delivered_d60: d60?.delivered ?? NaN,
    ours_delivered_d200: d200?.delivered ?? NaN,
    ours_over_plain_ws_p99_d200: (d200?.p99 ?? NaN) / (plain[1]?.p99 ?? NaN),
    server_cpu_percent_d60: d60?.cpuPercent ?? NaN,
    server_cpu_percent_d200: d200?.cpuPercent ?? NaN,
    plain_ws_p99_ms_d60: plain[0]?.p99 ?? NaN,
    plain_ws_p99_ms_d200: plain[1]?.p99 ?? NaN,
    plain_ws_delivered_d200: plain[1]?.delivered ?? NaN,
    plain_ws_cpu_percent_d60: plain[0]?.cpuPercent ?? NaN,
    ywebsocket_p99_ms_d60: yWebsocket?.p99 ?? NaN,
    ywebsocket_delivered_d60: yWebsocket?.delivered ?? NaN,
    socketio_p99_ms_d60: socketIo?.p99 ?? NaN,
    socketio_delivered_d60: socketIo?.delivered ?? NaN,
    clients: CLIENTS,
  }
}

type Handlers = typeof handlers
type Load = HelperProcess<Handlers>

interface Setup {
  readonly seconds: (typeof SECONDS)['full']
  /** Those who only count, and those who are timed. */
  readonly loads: readonly [Load, Load]
}

async function measureOurs(drawers: readonly number[], setup: Setup): Promise<Measured[]> {
  const dataDir = temporaryFolder()
  const nodeArgs =
    process.env['BENCH_CPU_PROF'] === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir=.cache/prof']
  const server = await startBuilt(dataDir, {}, { core: SERVER_CORE, nodeArgs })
  try {
    const owner = await Client.arrive(server.url, 'Owner')
    const { project, codes } = await owner.create('empty', ['one', 'two'])
    await owner.join(project.id)
    const shared: string[] = []
    while (shared.length < SHARED_CANVASES)
      shared.push((await owner.command('canvas:create', { name: `Board ${String(shared.length + 1)}` })).id)
    owner.leave()
    const room = { projectId: project.id, code: codes.editor ?? '', shared }
    return await measure({ kind: 'trainboard', url: server.url, room }, server.child.pid, drawers, setup)
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measurePeer(
  kind: 'plain-ws' | 'socket-io' | 'y-websocket',
  drawers: readonly number[],
  setup: Setup,
): Promise<Measured[]> {
  const script = kind === 'y-websocket' ? Y_WEBSOCKET : new URL(`peers/${kind}.ts`, import.meta.url)
  const peer = await startPeer(script)
  const scheme = kind === 'socket-io' ? 'http' : 'ws'
  const url = `${scheme}://127.0.0.1:${String(peer.port)}`
  try {
    return await measure({ kind, url }, peer.child.pid, drawers, setup)
  } finally {
    await peer.stop()
  }
}

async function measure(
  target: Target,
  pid: number | undefined,
  drawers: readonly number[],
  { seconds, loads }: Setup,
): Promise<Measured[]> {
  const [readers, timed] = loads
  const byHand = CLIENTS - TIMED
  await readers.ask('open', { target, real: false, first: 0, count: byHand })
  await timed.ask('open', { target, real: true, first: byHand, count: TIMED })
  const measured: Measured[] = []
  for (const count of drawers)
    measured.push(await measureStep(loads, pid ?? 0, measured.length, count, seconds))
  for (const load of loads) await load.ask('close', undefined)
  return measured
}

async function measureStep(
  loads: readonly Load[],
  pid: number,
  step: number,
  drawers: number,
  { warm, measure: length, late }: Setup['seconds'],
): Promise<Measured> {
  const from = monotonic() + 100
  const measureFrom = from + 1_000 * warm
  const until = measureFrom + 1_000 * length
  const listenUntil = until + 1_000 * late
  const runs = loads.map((load) => load.ask('run', { step, drawers, from, measureFrom, until, listenUntil }))
  await at(measureFrom)
  const cpuBefore = cpuSeconds(pid)
  await at(until)
  const cpu = cpuSeconds(pid) - cpuBefore
  const seen = await Promise.all(runs)
  const latencies = latenciesOf(seen)
  const result = {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    delivered: deliveredOf(seen),
    cpuPercent: (100 * cpu) / length,
  }
  process.stderr.write(`${String(drawers)} drawers: ${JSON.stringify(result)}\n`)
  return result
}

function latenciesOf(seen: readonly Seen[]): number[] {
  const key = (stroke: number, tail: number): number => stroke * 1_024 + tail
  const sentAt = new Map<number, number>()
  for (const { sent } of seen)
    for (let i = 0; i < sent.length; i += 3) sentAt.set(key(sent[i] ?? 0, sent[i + 1] ?? 0), sent[i + 2] ?? 0)
  const latencies: number[] = []
  for (const { received } of seen)
    for (let i = 0; i < received.length; i += 3) {
      const sent = sentAt.get(key(received[i] ?? 0, received[i + 1] ?? 0))
      if (sent !== undefined) latencies.push((received[i + 2] ?? 0) - sent)
    }
  return latencies
}

function deliveredOf(seen: readonly Seen[]): number {
  const drawn = seen.flatMap((one) => [...one.drawn.values()])
  const all = drawn.reduce((sum, points) => sum + points, 0)
  const arrived = seen.reduce((sum, one) => sum + one.arrived, 0)
  // Everybody should have heard of everything but their own.
  return arrived / (all * (drawn.length - 1))
}

function at(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - monotonic())))
}
