import type { Person, Role, User } from '../../shared/protocol/entities.ts'
import { MAX_PEOPLE_IN_ROOM } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'

interface Presence {
  user: User
  role: Role
  canvasId: string | null
  /** Sockets of this person: two tabs, or an old one whose end is not noticed yet. */
  readonly sockets: Set<string>
}

export type PresenceChange =
  | { readonly kind: 'joined' | 'changed'; readonly person: Person }
  | { readonly kind: 'left'; readonly userId: string }

/** Who is in a room, and who was here and still has a canvas on the wall. */
export class PeopleHere {
  private readonly people = new Map<string, Presence>()

  /** `keeps` says whether somebody who leaves stays listed. */
  constructor(
    private readonly changed: (change: PresenceChange) => void,
    private readonly keeps: (userId: string) => boolean,
  ) {}

  get count(): number {
    let online = 0
    for (const { sockets } of this.people.values()) if (sockets.size > 0) online++
    return online
  }

  list(): Person[] {
    return [...this.people.values()].map(toPerson)
  }

  get(userId: string): Person | null {
    const presence = this.people.get(userId)
    return presence ? toPerson(presence) : null
  }

  /** Lists a member who is not here now. */
  addAbsent(user: User, role: Role): void {
    if (!this.people.has(user.id)) {
      this.people.set(user.id, { user, role, canvasId: null, sockets: new Set() })
    }
  }

  /** @throws AppError `full` */
  enter(user: User, role: Role, socketId: string): Person {
    const known = this.people.get(user.id)
    if ((known?.sockets.size ?? 0) === 0 && this.count >= MAX_PEOPLE_IN_ROOM) {
      throw new AppError('full', `At most ${String(MAX_PEOPLE_IN_ROOM)} people are in a room at once`)
    }
    const presence = known ?? { user, role, canvasId: null, sockets: new Set<string>() }
    const kind = known ? 'changed' : 'joined'
    presence.user = user
    presence.role = role
    presence.sockets.add(socketId)
    this.people.set(user.id, presence)
    const person = toPerson(presence)
    this.changed({ kind, person })
    return person
  }

  /** A late end of an old socket does not take a person away who is here by another one. */
  leave(userId: string, socketId: string): void {
    const presence = this.people.get(userId)
    if (!presence?.sockets.delete(socketId) || presence.sockets.size > 0) return
    presence.canvasId = null
    if (this.keeps(userId)) {
      this.changed({ kind: 'changed', person: toPerson(presence) })
      return
    }
    this.people.delete(userId)
    this.changed({ kind: 'left', userId })
  }

  /** Changes what is said of a person; null when nobody of that id is listed. */
  update(userId: string, change: Partial<Pick<Presence, 'user' | 'role' | 'canvasId'>>): Person | null {
    const presence = this.people.get(userId)
    if (!presence) return null
    Object.assign(presence, change)
    const person = toPerson(presence)
    this.changed({ kind: 'changed', person })
    return person
  }

  /** Takes somebody off the list whose membership ended. */
  remove(userId: string): void {
    if (this.people.delete(userId)) this.changed({ kind: 'left', userId })
  }

  withCanvasOpen(canvasId: string): string[] {
    return [...this.people.values()].filter((one) => one.canvasId === canvasId).map(({ user }) => user.id)
  }
}

function toPerson({ user, role, canvasId, sockets }: Presence): Person {
  return { ...user, role, online: sockets.size > 0, canvasId }
}
