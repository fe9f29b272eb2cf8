import type { JoinCodes, ProjectInfo, Role, User } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Body, CreatedReply, ProjectCard } from '../../shared/protocol/rest.ts'
import type { Clock } from '../ops/clock.ts'
import { createKeyedQueue } from '../ops/keyed-queue.ts'
import { createListeners } from '../ops/listeners.ts'
import type { ProjectRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { projectCards } from './cards.ts'
import { createCodes, type CodeAction, type CodeRole } from './codes.ts'
import { createNewProject } from './new-project.ts'
import { createOwnerLinks } from './owner-link.ts'
import { may, type AccessContext, type Action } from './permissions.ts'
import { toProjectInfo } from './project-info.ts'

/** Members of a project at once, here or not. */
const MAX_MEMBERS = 2_000
const RANK: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, owner: 2 }

/** A membership that began, changed its role, or ended (`role` null). */
export interface MembershipChange {
  readonly projectId: string
  readonly userId: string
  readonly role: Role | null
}

/** Somebody changed join codes: of one role, or (null) of those that were on. */
export interface CodesChange {
  readonly projectId: string
  readonly byUserId: string
  readonly role: CodeRole | null
}

export interface Membership {
  readonly project: ProjectRecord
  readonly role: Role
}

/** Projects, their members, codes and owner links. All methods reject with AppError for what a client did wrong. */
export interface ProjectService {
  create(creator: User, body: Body<'POST /projects'>): Promise<CreatedReply>
  /** @throws AppError `unknown-code`, also for one that is off or has ended, `ended` */
  checkCode(code: string): Promise<void>
  /** Joins in the code's role; who has a higher one keeps it. */
  joinByCode(userId: string, code: string): Promise<{ projectId: string; role: Role }>
  roleOf(projectId: string, userId: string): Promise<Role | null>
  /** The person's membership, if their role may do `action`; `editorsMayManage` is filled in from the project. */
  authorize(projectId: string, userId: string, action: Action, context?: AccessContext): Promise<Membership>
  /** @throws AppError `conflict` for the last owner stepping down */
  setRole(projectId: string, userId: string, role: Role): Promise<void>
  /**
   * Ends a membership; with `changeCodes` (who wants it) the codes that are on are replaced first.
   * @throws AppError `unknown-person`, `conflict` for the last owner
   */
  remove(projectId: string, userId: string, how?: { readonly changeCodes?: string }): Promise<void>
  update(projectId: string, change: Body<'PATCH /projects/:id'>): Promise<ProjectInfo>
  /** The codes a role may see. */
  codesFor(projectId: string, role: Role): Promise<JoinCodes>
  changeCode(projectId: string, role: CodeRole, action: CodeAction, byUserId: string): Promise<JoinCodes>
  /** Makes codes anew that are switched on and have ended by themselves. */
  reviveCodes(projectId: string): Promise<void>
  /** Keeps the codes of a room that is in use from ending; call it now and then. */
  touchCodes(projectId: string): Promise<void>
  makeOwnerLink(projectId: string): Promise<string>
  revokeOwnerLink(projectId: string): Promise<void>
  exchangeOwnerLink(projectId: string, userId: string, secret: string): Promise<void>
  cards(userId: string, peopleHere: (projectId: string) => number): Promise<ProjectCard[]>
  /** Calls `listener` after each stored change. */
  onMembershipChange(listener: (change: MembershipChange) => void): () => void
  onProjectChange(listener: (project: ProjectRecord) => void): () => void
  onCodesChange(listener: (change: CodesChange) => void): () => void
}

export interface ProjectsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly metrics?: { refused(limit: 'members'): void }
  readonly maxMembers?: number | undefined
}

export function createProjects(options: ProjectsOptions): ProjectService {
  const { store, clock, metrics, maxMembers = MAX_MEMBERS } = options
  const codes = createCodes({ store, clock })
  const links = createOwnerLinks(store)
  // What reads before it writes (the last owner, the settings) goes one at a time a project.
  const queue = createKeyedQueue()
  const memberships = createListeners<MembershipChange>()
  const changes = createListeners<ProjectRecord>()
  const codeChanges = createListeners<CodesChange>()

  const getProject = async (projectId: string): Promise<ProjectRecord> => {
    const project = await store.getProject(projectId)
    if (!project) throw new AppError('unknown-project', `There is no project ${projectId}`)
    return project
  }

  const roleOf = async (projectId: string, userId: string): Promise<Role | null> =>
    (await store.getMember(projectId, userId))?.role ?? null

  const putRole = async (projectId: string, userId: string, role: Role): Promise<void> => {
    const member = await store.getMember(projectId, userId)
    if (member?.role === role) return
    if (!member && (await store.listMembers(projectId)).length >= maxMembers) {
      metrics?.refused('members')
      throw new AppError('full', `A project has at most ${String(maxMembers)} members`)
    }
    await store.putMember({ projectId, userId, role, joinedAt: member?.joinedAt ?? clock.now() })
    memberships.tell({ projectId, userId, role })
  }

  const keepAnOwner = async (projectId: string, userId: string): Promise<void> => {
    const members = await store.listMembers(projectId)
    const member = members.find((other) => other.userId === userId)
    if (!member) throw new AppError('unknown-person', 'This person is no member of the project')
    const owners = members.filter(({ role }) => role === 'owner')
    if (member.role === 'owner' && owners.length === 1)
      throw new AppError('conflict', 'A project keeps at least one owner')
  }

  return {
    roleOf,
    create: (creator, body) => createNewProject({ store, clock }, creator, body),
    async checkCode(text) {
      await codes.resolve(text)
    },
    async joinByCode(userId, text) {
      const { projectId } = await codes.resolve(text)
      return queue.run(projectId, async () => {
        const code = await codes.resolve(text)
        const now = await roleOf(projectId, userId)
        const role = now !== null && RANK[now] > RANK[code.role] ? now : code.role
        await putRole(projectId, userId, role)
        await store.putCode({ ...code, usedAt: clock.now() })
        return { projectId, role }
      })
    },
    async authorize(projectId, userId, action, context = {}) {
      const project = await getProject(projectId)
      const role = await roleOf(projectId, userId)
      if (role === null) throw new AppError('forbidden', 'You are no member of this project')
      const { editorsMayManage } = project.settings
      if (!may(role, action, { ...context, editorsMayManage }))
        throw new AppError('forbidden', `Not allowed for ${role}s: ${action}`)
      return { project, role }
    },
    setRole: (projectId, userId, role) =>
      queue.run(projectId, async () => {
        await getProject(projectId)
        if (role !== 'owner') await keepAnOwner(projectId, userId)
        else if ((await roleOf(projectId, userId)) === null)
          throw new AppError('unknown-person', 'This person is no member of the project')
        await putRole(projectId, userId, role)
      }),
    remove: (projectId, userId, { changeCodes: byUserId } = {}) =>
      queue.run(projectId, async () => {
        await keepAnOwner(projectId, userId)
        if (byUserId !== undefined) {
          await codes.replaceLive(projectId)
          codeChanges.tell({ projectId, byUserId, role: null })
        }
        await store.removeMember(projectId, userId)
        memberships.tell({ projectId, userId, role: null })
      }),
    update: (projectId, { name, settings = {} }) =>
      queue.run(projectId, async () => {
        const now = await getProject(projectId)
        const changed = await store.updateProject(projectId, {
          name: name ?? now.name,
          settings: {
            editorsMayManage: settings.editorsMayManage ?? now.settings.editorsMayManage,
            ownCanvasOpenTo: settings.ownCanvasOpenTo ?? now.settings.ownCanvasOpenTo,
          },
        })
        changes.tell(changed)
        return toProjectInfo(changed)
      }),
    async codesFor(projectId, role) {
      const all = await codes.read(projectId)
      return {
        editor: may(role, 'codes:read-editor') ? all.editor : null,
        viewer: may(role, 'codes:read-viewer') ? all.viewer : null,
      }
    },
    changeCode: (projectId, role, action, byUserId) =>
      queue.run(projectId, async () => {
        const changed = await codes.change(projectId, role, action)
        codeChanges.tell({ projectId, byUserId, role })
        return changed
      }),
    reviveCodes: (projectId) => queue.run(projectId, () => codes.revive(projectId)),
    touchCodes: (projectId) => queue.run(projectId, () => codes.touch(projectId)),
    makeOwnerLink: (projectId) => links.make(projectId),
    revokeOwnerLink: (projectId) => links.revoke(projectId),
    exchangeOwnerLink: (projectId, userId, secret) =>
      queue.run(projectId, async () => {
        await links.check(projectId, secret)
        await putRole(projectId, userId, 'owner')
      }),
    cards: (userId, peopleHere) => projectCards(store, userId, peopleHere),
    onMembershipChange: memberships.add,
    onProjectChange: changes.add,
    onCodesChange: codeChanges.add,
  }
}
