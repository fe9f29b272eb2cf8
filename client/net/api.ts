import type { JoinCodes } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type {
  BodyInput,
  CreatedReply,
  JoinReply,
  OwnerLinkReply,
  ProjectReply,
  ProjectsReply,
  ServerReply,
} from '../../shared/protocol/rest.ts'
import { request, type RestRequest } from './rest.ts'
import { forgetSession, session } from './session.ts'

/** The REST endpoints in the name of this device's session; each throws AppError as `request` does. */
export const api = {
  server: (signal?: AbortSignal) => request<ServerReply>('GET', '/server', signal ? { signal } : {}),
  join: (code: string) => signed<JoinReply>('POST', '/join', { code } satisfies BodyInput<'POST /join'>),
  projects: () => signed<ProjectsReply>('GET', '/projects'),
  project: (id: string) => signed<ProjectReply>('GET', `/projects/${id}`),
  createProject: (body: BodyInput<'POST /projects'>) => signed<CreatedReply>('POST', '/projects', body),
  /** Deletes a project with everything in it. */
  deleteProject: (id: string) => signed<unknown>('DELETE', `/projects/${id}`),
  changeCode: (id: string, body: BodyInput<'POST /projects/:id/codes'>) =>
    signed<JoinCodes>('POST', `/projects/${id}/codes`, body),
  makeOwnerLink: (id: string) => signed<OwnerLinkReply>('POST', `/projects/${id}/owner-link`, {}),
  endOwnerLink: (id: string) => signed<unknown>('DELETE', `/projects/${id}/owner-link`),
  exchangeOwnerLink: (id: string, secret: string) =>
    signed<JoinReply>('POST', `/projects/${id}/owner-link/exchange`, {
      secret,
    } satisfies BodyInput<'POST /projects/:id/owner-link/exchange'>),
}

async function signed<Reply>(
  method: Parameters<typeof request>[0],
  path: string,
  body?: RestRequest['body'],
): Promise<Reply> {
  const token = session.value?.token ?? null
  try {
    return await request<Reply>(method, path, body === undefined ? { token } : { token, body })
  } catch (error) {
    const refused = error instanceof AppError && error.code === 'unauthenticated'
    if (refused && session.value?.token === token) forgetSession()
    throw error
  }
}
