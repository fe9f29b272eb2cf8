import type { FastifyInstance } from 'fastify'
import type { JoinReply, SessionReply } from '../../shared/protocol/rest.ts'
import { askerIfAny, askerOf, type AskerOptions } from './asker.ts'
import type { FailedJoins } from './failed-joins.ts'
import type { NewSessions } from './new-sessions.ts'
import { readBody } from './read-body.ts'
import type { ProjectService } from '../rooms/projects.ts'

export interface SessionRoutesOptions extends AskerOptions {
  readonly projects: ProjectService
  readonly failedJoins: FailedJoins
  readonly newSessions: NewSessions
}

/** A session, and joining by code. */
export function sessionRoutes(api: FastifyInstance, options: SessionRoutesOptions): void {
  const { identity, people, projects, failedJoins, newSessions } = options

  api.post('/session', async (request): Promise<SessionReply> => {
    newSessions.admit(request.ip)
    const { name, code } = readBody('POST /session', request.body)
    const known = await askerIfAny(options, request)
    // A wrong code must change nothing, so it is looked at before anybody is made.
    if (code !== undefined) await failedJoins.attempt(request.ip, () => projects.checkCode(code))
    const user = known ? await people.rename(known.id, name) : await people.arrive(name)
    const joined = code === undefined ? null : await projects.joinByCode(user.id, code)
    return { token: await identity.issue(user.id), user, joined }
  })

  api.post('/join', async (request): Promise<JoinReply> => {
    const { code } = readBody('POST /join', request.body)
    const person = await askerOf(options, request)
    return failedJoins.attempt(request.ip, () => projects.joinByCode(person.id, code))
  })
}
