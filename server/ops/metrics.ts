import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  limitNames,
  type LimitName,
  type RoomCounter,
  type RoomMetrics,
  type RoomTiming,
} from '../rooms/ports.ts'

/** What /metrics tells, in the Prometheus text format. */
export interface Metrics extends RoomMetrics {
  /** A value that is asked for whenever somebody reads the metrics. */
  gauge(name: string, help: string, read: () => number): void
  /** What computes, asked for whenever somebody reads the metrics. */
  backend(read: () => string): void
  request(method: string, route: string, status: number, ms: number): void
  failedJoin(): void
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const events = new Counter({
    name: 'trainboard_room_events_total',
    help: 'What happened in the rooms',
    labelNames: ['event'] as const,
    registers,
  })
  const buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
  const timings = new Histogram({
    name: 'trainboard_room_seconds',
    help: 'How long the work of the rooms took',
    labelNames: ['work'] as const,
    buckets,
    registers,
  })
  const requests = new Histogram({
    name: 'trainboard_http_request_seconds',
    help: 'REST requests by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets,
    registers,
  })
  const refusals = new Counter({
    name: 'trainboard_refusals_total',
    help: 'What was refused or cut off, by limit',
    labelNames: ['limit'] as const,
    registers,
  })
  for (const limit of limitNames) refusals.inc({ limit }, 0)
  const failedJoins = new Counter({
    name: 'trainboard_failed_joins_total',
    help: 'Join codes and owner links that led nowhere',
    registers,
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (event: RoomCounter, by = 1) => {
      events.inc({ event }, by)
    },
    refused: (limit: LimitName) => {
      refusals.inc({ limit })
    },
    observe: (work: RoomTiming, ms) => {
      timings.observe({ work }, ms / 1_000)
    },
    request: (method, route, status, ms) => {
      requests.observe({ method, route, status: String(status) }, ms / 1_000)
    },
    failedJoin: () => {
      failedJoins.inc()
    },
    backend(read) {
      new Gauge({
        name: 'trainboard_backend',
        help: '1 for the backend that computes',
        labelNames: ['name'] as const,
        registers,
        collect() {
          this.reset()
          this.set({ name: read() }, 1)
        },
      })
    },
    gauge(name, help, read) {
      new Gauge({
        name: `trainboard_${name}`,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
  }
}
