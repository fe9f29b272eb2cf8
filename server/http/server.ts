import Fastify, { type FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { ServerReply } from '../../shared/protocol/rest.ts'
import type { Log } from '../ops/log.ts'
import type { BackupService } from '../backup/backup-service.ts'
import { backupRoutes } from './backup-routes.ts'
import type { Gate } from './gate.ts'
import { opsRoutes, type OpsRoutesOptions } from './ops-routes.ts'
import { PROBLEM_TYPE, toProblem } from './problem.ts'
import { projectRoutes, type ProjectRoutesOptions } from './project-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { sessionRoutes, type SessionRoutesOptions } from './session-routes.ts'
import { pathOf, staticClient } from './static-client.ts'
import { TooManyRequests } from './too-many-requests.ts'

const MAX_BODY_BYTES = 64_000
/** A client that takes longer to send its request is let go, in ms. */
const REQUEST_WITHIN_MS = 30_000

export interface HttpOptions extends SessionRoutesOptions, ProjectRoutesOptions, OpsRoutesOptions {
  readonly tls: Config['tls']
  readonly gate: Gate
  readonly log: Log
  readonly server: () => ServerReply
  readonly clientFolder: string | null
  /** Null where none can be made of this server. */
  readonly backups: BackupService | null
}

/** REST, health and the client's files, with the checks that come before all of them. It does not listen yet. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { gate, log, metrics, readiness, tls } = options
  const common = {
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_WITHIN_MS,
    trustProxy: 'loopback',
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  } as const
  const http: FastifyInstance = tls ? Fastify({ ...common, https: tls }) : Fastify(common)

  await securityHeaders(http, tls !== null)

  http.addHook('onRequest', (request, _reply, done) => {
    const path = pathOf(request)
    if (!gate.allowsHost(request.headers.host))
      throw new AppError('forbidden', 'This host name is not one of the server; PUBLIC_URL can name it')
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
    if (changes && !gate.allowsOrigin(request.raw))
      throw new AppError('forbidden', 'This page is not one of the server')
    if (readiness.stopping && path.startsWith('/api/')) throw new AppError('stopping')
    done()
  })
  http.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime)
    log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    )
    done()
  })
  http.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    if (problem.code === 'too-large') metrics.refused('body-bytes')
    if (problem.status >= 500 && problem.code !== 'stopping')
      log.error({ err: error, method: request.method, path: pathOf(request) }, 'a request failed')
    if (error instanceof TooManyRequests) void reply.header('retry-after', String(error.retryAfterS))
    if (problem.code === 'stopping') void reply.header('retry-after', '5')
    return reply.status(problem.status).type(PROBLEM_TYPE).send(problem)
  })

  opsRoutes(http, options)
  if (options.backups) backupRoutes(http, options.backups)
  await http.register(
    (api, _options, done) => {
      api.addHook('onSend', (_request, reply, _payload, next) => {
        void reply.header('cache-control', 'no-store')
        next()
      })
      api.get('/server', () => options.server())
      sessionRoutes(api, options)
      projectRoutes(api, options)
      done()
    },
    { prefix: '/api/v1' },
  )
  await staticClient(http, options.clientFolder)
  return http
}
