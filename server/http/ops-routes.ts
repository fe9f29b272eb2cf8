import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Readiness } from '../ops/readiness.ts'
import { VERSION } from '../ops/version.ts'
import type { TrainingFigures } from '../rooms/training-figures.ts'
import type { StoreInfo } from '../storage/store.ts'
import { isDirectLoopback } from './this-computer.ts'

export interface OpsRoutesOptions {
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly metricsToken: string | null
  readonly store: StoreInfo
  /** Name of the backend that computes. */
  readonly backend: () => string
  readonly training: () => TrainingFigures
}

/** What tells an operator how the server is. */
export function opsRoutes(http: FastifyInstance, options: OpsRoutesOptions): void {
  const { readiness, metrics, store } = options
  const metricsToken = options.metricsToken === null ? null : Buffer.from(options.metricsToken)

  http.get('/health', () => ({
    status: 'ok',
    version: VERSION,
    uptimeSeconds: Math.round(process.uptime()),
    backend: options.backend(),
    training: options.training(),
    store,
  }))

  http.get('/ready', async (_request, answer) => {
    const state = await readiness.check()
    void answer.header('cache-control', 'no-store').status(state.ready ? 200 : 503)
    return state
  })

  http.get('/metrics', async (request, answer) => {
    if (!isDirectLoopback(request) && !hasToken(request, metricsToken))
      throw new AppError('forbidden', 'Metrics are for this computer, or for who has METRICS_TOKEN')
    return answer.type(metrics.contentType).send(await metrics.text())
  })
}

function hasToken({ headers }: FastifyRequest, token: Buffer | null): boolean {
  const given = Buffer.from(/^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '')
  return token !== null && given.length === token.length && timingSafeEqual(given, token)
}
