import type { CanvasInfo, ProjectSettings, Role } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { may, type AccessContext, type Action } from './permissions.ts'

/** What the people of a room may do, by the roles and settings that hold now. */
export class Access {
  private readonly roles = new Map<string, Role>()

  /** `ended` says whether the session is over: then everybody but owners may do nothing. */
  constructor(
    private readonly settings: () => ProjectSettings,
    private readonly ended: () => boolean,
  ) {}

  /** Null: no member, nobody who has come into the room yet, or no owner after the session's end. */
  roleOf(userId: string): Role | null {
    const role = this.roles.get(userId) ?? null
    return role !== 'owner' && this.ended() ? null : role
  }

  set(userId: string, role: Role | null): void {
    if (role === null) this.roles.delete(userId)
    else this.roles.set(userId, role)
  }

  /** @throws AppError `forbidden`, `ended` */
  require(userId: string, action: Action, context: AccessContext = {}): void {
    const role = this.roleOf(userId)
    const { editorsMayManage } = this.settings()
    if (may(role, action, { ...context, editorsMayManage })) return
    if (role === null && this.roles.has(userId)) throw new AppError('ended')
    throw new AppError(
      'forbidden',
      `Not allowed for ${role === null ? 'somebody who is no member' : `${role}s`}`,
    )
  }

  mayDraw(userId: string, { ownerId, openTo }: CanvasInfo): boolean {
    return may(this.roleOf(userId), 'canvas:draw', { mine: ownerId === userId, openTo })
  }
}
