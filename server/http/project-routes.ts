import type { FastifyInstance } from 'fastify'
import { idSchema, type JoinCodes, type Role } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type {
  CreatedReply,
  JoinReply,
  OwnerLinkReply,
  ProjectReply,
  ProjectsReply,
} from '../../shared/protocol/rest.ts'
import type { Action } from '../rooms/permissions.ts'
import { toProjectInfo } from '../rooms/project-info.ts'
import type { ProjectService } from '../rooms/projects.ts'
import type { ProjectRecord } from '../storage/records.ts'
import { askerOf, type AskerOptions } from './asker.ts'
import type { FailedJoins } from './failed-joins.ts'
import { readBody } from './read-body.ts'

/** Most bytes of a body that brings strokes along. */
const MAX_CREATE_BYTES = 2_000_000

export interface ProjectRoutesOptions extends AskerOptions {
  readonly projects: ProjectService
  readonly failedJoins: FailedJoins
  readonly peopleHere: (projectId: string) => number
  /** Deletes a project with all that is its. */
  readonly deleteProject: (projectId: string) => Promise<void>
}

interface Named {
  Params: { id: string }
}

/** Projects, their codes and the owner's link. */
export function projectRoutes(api: FastifyInstance, options: ProjectRoutesOptions): void {
  const { projects, failedJoins } = options

  const reply = async (project: ProjectRecord, role: Role): Promise<ProjectReply> => ({
    project: toProjectInfo(project),
    role,
    codes: await projects.codesFor(project.id, role),
  })

  const authorized = async (request: Parameters<typeof askerOf>[1], id: string, action: Action) => {
    const person = await askerOf(options, request)
    return { ...(await projects.authorize(projectId(id), person.id, action)), userId: person.id }
  }

  api.get('/projects', async (request): Promise<ProjectsReply> => {
    const person = await askerOf(options, request)
    return { projects: await projects.cards(person.id, options.peopleHere) }
  })

  api.post('/projects', { bodyLimit: MAX_CREATE_BYTES }, async (request, answer): Promise<CreatedReply> => {
    const person = await askerOf(options, request)
    const created = await projects.create(person, readBody('POST /projects', request.body))
    void answer.status(201)
    return created
  })

  api.get<Named>('/projects/:id', async (request): Promise<ProjectReply> => {
    const { project, role } = await authorized(request, request.params.id, 'project:read')
    return reply(project, role)
  })

  api.patch<Named>('/projects/:id', async (request): Promise<ProjectReply> => {
    const { project, role } = await authorized(request, request.params.id, 'project:update')
    const change = readBody('PATCH /projects/:id', request.body)
    return { ...(await reply(project, role)), project: await projects.update(project.id, change) }
  })

  api.delete<Named>('/projects/:id', async (request, answer) => {
    const { project } = await authorized(request, request.params.id, 'project:delete')
    await options.deleteProject(project.id)
    return answer.status(204).send()
  })

  api.post<Named>('/projects/:id/codes', async (request): Promise<JoinCodes> => {
    const { project, userId } = await authorized(request, request.params.id, 'codes:change')
    const { role, action } = readBody('POST /projects/:id/codes', request.body)
    return projects.changeCode(project.id, role, action, userId)
  })

  api.post<Named>('/projects/:id/owner-link', async (request): Promise<OwnerLinkReply> => {
    const { project } = await authorized(request, request.params.id, 'owner-link:change')
    return { secret: await projects.makeOwnerLink(project.id) }
  })

  api.delete<Named>('/projects/:id/owner-link', async (request, answer) => {
    const { project } = await authorized(request, request.params.id, 'owner-link:change')
    await projects.revokeOwnerLink(project.id)
    return answer.status(204).send()
  })

  api.post<Named>('/projects/:id/owner-link/exchange', async (request): Promise<JoinReply> => {
    const person = await askerOf(options, request)
    const id = projectId(request.params.id)
    const { secret } = readBody('POST /projects/:id/owner-link/exchange', request.body)
    await failedJoins.attempt(request.ip, () => projects.exchangeOwnerLink(id, person.id, secret))
    return { projectId: id, role: 'owner' }
  })
}

function projectId(text: string): string {
  if (!idSchema.safeParse(text).success) throw new AppError('unknown-project', 'There is no such project')
  return text
}
