import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../shared/protocol/errors.ts'

const HASHED = /[\\/]assets[\\/]/
const A_YEAR = 'public, max-age=31536000, immutable'

/**
 * Serves the built client: hashed assets for a year, everything else asked for anew each time. A navigation to a
 * page of the client gets index.html; anything else that is not there is `not-found`.
 * @param folder of the built client; null where none is served
 */
export async function staticClient(http: FastifyInstance, folder: string | null): Promise<void> {
  const served = folder !== null && existsSync(join(folder, 'index.html'))
  if (served) {
    await http.register(fastifyStatic, {
      root: folder,
      preCompressed: true,
      cacheControl: false,
      setHeaders(reply, path) {
        reply.setHeader('cache-control', HASHED.test(path) ? A_YEAR : 'no-cache')
      },
    })
  }
  http.setNotFoundHandler((request, reply) => {
    if (served && isNavigation(request)) return reply.sendFile('index.html')
    throw new AppError('not-found', `There is no ${request.method} ${pathOf(request)}`)
  })
}

function isNavigation(request: FastifyRequest): boolean {
  const path = pathOf(request)
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    (request.headers.accept ?? '').includes('text/html') &&
    !/^\/(api|assets|sync|socket\.io)(\/|$)/.test(path)
  )
}

/** The path alone: queries may hold tokens. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
