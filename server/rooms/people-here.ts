import type { Person, Role, User } from '../../shared/protocol/entities.ts'
import { MAX_PEOPLE_IN_ROOM } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { RoomMetrics } from './ports.ts'

/** What one connection of a person says of itself. */
interface Connection {
  canvasId: string | null
  idle: boolean
}

interface Presence {
  user: User
  role: Role
  /** By socket: two tabs, or an old connection whose end is not noticed yet. The one that opened a canvas last is the last. */
  readonly connections: Map<string, Connection>
}

/** Who is in a room, and who was here and still has a canvas on the wall. */
export class PeopleHere {
  private readonly people = new Map<string, Presence>()
  private online = 0

  /** `changed` hears of whom something is different, or who is gone; `keeps` says whether somebody who leaves stays listed. */
  constructor(
    private readonly changed: (userId: string) => void,
    private readonly keeps: (userId: string) => boolean,
    private readonly metrics?: Pick<RoomMetrics, 'refused'> | undefined,
  ) {}

  /** People who are online. */
  get count(): number {
    return this.online
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
    if (!this.people.has(user.id)) this.people.set(user.id, { user, role, connections: new Map() })
  }

  /** @throws AppError `full` */
  enter(user: User, role: Role, socketId: string): Person {
    const known = this.people.get(user.id)
    const came = (known?.connections.size ?? 0) === 0
    if (came && this.online >= MAX_PEOPLE_IN_ROOM) {
      this.metrics?.refused('people')
      throw new AppError('full', `At most ${String(MAX_PEOPLE_IN_ROOM)} people are in a room at once`)
    }
    const presence: Presence = known ?? { user, role, connections: new Map() }
    presence.user = user
    presence.role = role
    presence.connections.set(socketId, { canvasId: null, idle: false })
    this.people.set(user.id, presence)
    if (came) this.online++
    this.changed(user.id)
    return toPerson(presence)
  }

  /** A late end of an old socket does not take a person away who is here by another one. */
  leave(userId: string, socketId: string): void {
    const presence = this.people.get(userId)
    if (!presence) return
    const before = toPerson(presence)
    if (!presence.connections.delete(socketId)) return
    if (presence.connections.size > 0) {
      const { canvasId, idle } = toPerson(presence)
      if (canvasId !== before.canvasId || idle !== before.idle) this.changed(userId)
      return
    }
    this.online--
    if (!this.keeps(userId)) this.people.delete(userId)
    this.changed(userId)
  }

  /** Changes what is said of a person; null when nobody of that id is listed. */
  update(userId: string, change: Partial<Pick<Presence, 'user' | 'role'>>): Person | null {
    const presence = this.people.get(userId)
    if (!presence) return null
    Object.assign(presence, change)
    this.changed(userId)
    return toPerson(presence)
  }

  /** The canvas that one connection has open from now on; what it opened last is what the person has open. */
  open(userId: string, socketId: string, canvasId: string | null): void {
    this.connection(userId, socketId, (connection, { connections }) => {
      connection.canvasId = canvasId
      connections.delete(socketId)
      connections.set(socketId, connection)
    })
  }

  /** Whether nobody is at the page of this connection. */
  idle(userId: string, socketId: string, idle: boolean): void {
    this.connection(userId, socketId, (connection) => (connection.idle = idle))
  }

  /** Takes somebody off the list whose membership ended. */
  remove(userId: string): void {
    const presence = this.people.get(userId)
    if (!presence) return
    this.people.delete(userId)
    if (presence.connections.size > 0) this.online--
    this.changed(userId)
  }

  /** Who has the canvas open by any of their connections. */
  withCanvasOpen(canvasId: string): string[] {
    const found: string[] = []
    for (const { user, connections } of this.people.values()) {
      for (const connection of connections.values()) {
        if (connection.canvasId !== canvasId) continue
        found.push(user.id)
        break
      }
    }
    return found
  }

  private connection(
    userId: string,
    socketId: string,
    change: (connection: Connection, presence: Presence) => void,
  ): void {
    const presence = this.people.get(userId)
    const connection = presence?.connections.get(socketId)
    if (!presence || !connection) return
    const before = toPerson(presence)
    change(connection, presence)
    const { canvasId, idle } = toPerson(presence)
    if (canvasId !== before.canvasId || idle !== before.idle) this.changed(userId)
  }
}

function toPerson({ user, role, connections }: Presence): Person {
  let canvasId: string | null = null
  let idle = connections.size > 0
  for (const connection of connections.values()) {
    canvasId = connection.canvasId ?? canvasId
    idle &&= connection.idle
  }
  const { id, name, animal, pen } = user
  return { id, name, animal, pen, role, online: connections.size > 0, idle, canvasId }
}
