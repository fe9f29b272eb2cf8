import type { FastifyRequest } from 'fastify'
import type { User } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { People } from '../identity/people.ts'
import type { Identity } from '../identity/tokens.ts'

export interface AskerOptions {
  readonly identity: Identity
  readonly people: People
}

/** The person whose token the request carries. @throws AppError `unauthenticated` without one, or with a wrong one */
export async function askerOf(options: AskerOptions, request: FastifyRequest): Promise<User> {
  const person = await askerIfAny(options, request)
  if (!person) throw new AppError('unauthenticated', 'The request carries no session token')
  return person
}

/** Null without a token. @throws AppError `unauthenticated` with a wrong one */
export async function askerIfAny(
  { identity, people }: AskerOptions,
  request: FastifyRequest,
): Promise<User | null> {
  const { authorization } = request.headers
  if (authorization === undefined) return null
  const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
  const claim = token === undefined ? null : await identity.verify(token)
  const person = claim && (await people.get(claim.userId))
  if (!person) throw new AppError('unauthenticated', 'The session token is not one of this server')
  return person
}
