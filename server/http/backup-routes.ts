import { timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../shared/protocol/errors.ts'
import { BackupError } from '../backup/backup-error.ts'
import type { BackupService } from '../backup/backup-service.ts'
import { isFromThisComputer } from './this-computer.ts'

const restoreBody = z.strictObject({ file: z.string().min(1).max(4_096) })

/**
 * For `npm run backup` and `npm run restore`, which know the secret of DATA_DIR/control.json. For anybody else there is
 * nothing here.
 */
export function backupRoutes(http: FastifyInstance, backups: BackupService): void {
  const secret = Buffer.from(backups.secret)
  const hidden = (request: FastifyRequest, reply: FastifyReply, allow: () => void): void => {
    if (isFromThisComputer(request) && hasSecret(request, secret)) allow()
    else reply.callNotFound()
  }
  const options = { onRequest: hidden }

  http.get('/admin/backup', options, (_request, reply) => {
    const { pieces, end } = orConflict(() => backups.backup())
    reply.raw.once('close', end)
    return reply.type('application/octet-stream').send(Readable.from(pieces, { objectMode: false }))
  })
  http.post('/admin/restore', options, (request, reply) => {
    const body = restoreBody.safeParse(request.body)
    if (!body.success) throw new AppError('invalid', 'The body must name a file')
    orConflict(() => backups.restore(body.data.file))
    return reply.status(202).send(backups.state)
  })
  http.get('/admin/restore', options, (_request, reply) =>
    reply.header('cache-control', 'no-store').send(backups.state),
  )
}

function orConflict<T>(act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof BackupError) throw new AppError('conflict', cause.message, { cause })
    throw cause
  }
}

function hasSecret({ headers }: FastifyRequest, secret: Buffer): boolean {
  const given = Buffer.from(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
  return given.length === secret.length && timingSafeEqual(given, secret)
}
