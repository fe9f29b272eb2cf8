import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
/** Readings this close together are one scrape. */
const ONE_SCRAPE_MS = 50

/** How late the event loop was, in ms. */
export interface LoopLag {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopLagWatch {
  /** Over the time since it was read last. */
  read(): LoopLag
  stop(): void
}

/** Watches how late the event loop runs its timers. */
export function watchLoopLag(): LoopLagWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let lag: LoopLag = { p50: 0, p99: 0, max: 0 }
  let readAt = -Infinity
  return {
    read() {
      if (performance.now() - readAt < ONE_SCRAPE_MS) return lag
      lag = { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) }
      delays.reset()
      readAt = performance.now()
      return lag
    },
    stop() {
      delays.disable()
    },
  }
}

/** The monitor measures from timer to timer in ns, which holds its own interval. */
function late(ns: number): number {
  return Number.isFinite(ns) ? Math.max(0, ns / 1e6 - RESOLUTION_MS) : 0
}
