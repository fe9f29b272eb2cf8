import type { Role } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { RoomState } from '../../shared/protocol/events.ts'
import type { RoomPeople, RoomProjects } from '../rooms/ports.ts'
import type { RoomHold, Rooms } from '../rooms/registry.ts'
import type { Room } from '../rooms/room.ts'

export interface SessionOptions {
  readonly socketId: string
  /** Null without a session token. */
  readonly userId: string | null
  readonly rooms: Rooms
  readonly projects: Pick<RoomProjects, 'roleOf'>
  readonly people: Pick<RoomPeople, 'get'>
  /** Lets the socket hear of a room from now on (without a role only of what is for this person alone), or no longer. */
  readonly listen: (projectId: string, userId: string, role: Role | null) => void
  readonly unlisten: (projectId: string, userId: string) => void
  /** What the connection shows from now on: what reaches it depends on that. */
  readonly opened?: (canvasId: string | null) => void
  readonly watched?: (canvasIds: readonly string[]) => void
}

/** One socket's way into rooms: at most one at a time. Joining and leaving go one after another. */
export class Session {
  private hold: RoomHold | null = null
  /** The room before whose door the socket waits; it stays open, so that its lobby does. */
  private waiting: RoomHold | null = null
  private unwatch: (() => void) | null = null
  private turn: Promise<unknown> = Promise.resolve()
  private ended = false

  constructor(private readonly options: SessionOptions) {}

  /** @throws AppError `unauthenticated` */
  get userId(): string {
    const { userId } = this.options
    if (userId === null) throw new AppError('unauthenticated')
    return userId
  }

  /** The room the socket is in. @throws AppError `unauthenticated`, `invalid` */
  get room(): Room {
    if (this.userId !== '' && this.hold) return this.hold.room
    throw new AppError('invalid', 'Join a room first (room:join)')
  }

  get roomOrNull(): Room | null {
    return this.hold?.room ?? null
  }

  /**
   * Comes into a room. Refused with `waiting`, the socket keeps a place in the lobby and hears the answer.
   * @throws AppError `unauthenticated`, `unknown-project`, `forbidden`, `ended`, `waiting`, `full`, `stopping`
   */
  join(projectId: string): Promise<RoomState> {
    return this.inTurn(async () => {
      const { socketId, rooms, projects, people, listen } = this.options
      const { userId } = this
      const user = await people.get(userId)
      if (!user) throw new AppError('unauthenticated', 'This session is not known any more')
      this.leaveNow()
      const hold = await rooms.open(projectId)
      try {
        // From before the role is read: a membership may end at any moment from then on.
        const dismissed = new Set<string>()
        this.unwatch = hold.room.door.onDismissal((who) => {
          if (who !== userId) return
          dismissed.add(who)
          this.leaveNow()
        })
        const role = await projects.roleOf(projectId, userId)
        if (role === null || dismissed.has(userId)) {
          throw new AppError('forbidden', 'You are no member of this project')
        }
        this.requireHere()
        if (!hold.room.door.admits(userId, role)) {
          hold.room.door.lobby.wait(user, socketId)
          listen(projectId, userId, null)
          this.waiting = hold
          throw new AppError('waiting')
        }
        listen(projectId, userId, role)
        this.hold = hold
        await hold.room.enter(user, role, socketId)
        this.requireHere()
        if (this.hold !== hold) throw hadToLeave()
        const state = await hold.room.state(userId)
        if (this.hold !== hold) throw hadToLeave()
        return state
      } catch (error) {
        if (this.hold === hold) this.leaveNow()
        else if (this.waiting !== hold) {
          this.unwatch?.()
          hold.release()
        }
        throw error
      }
    })
  }

  leave(): Promise<void> {
    return this.inTurn(() => {
      this.leaveNow()
      return Promise.resolve()
    })
  }

  /** The canvas this connection has open from now on. */
  openCanvas(canvasId: string | null): void {
    this.room.people.open(this.userId, this.options.socketId, canvasId)
    this.options.opened?.(canvasId)
  }

  /** The tiles this connection shows from now on. @throws AppError `unknown-canvas` */
  watch(canvasIds: readonly string[]): void {
    for (const canvasId of canvasIds) this.room.canvases.get(canvasId)
    this.options.watched?.(canvasIds)
  }

  /** Whether nobody is at the page of this connection. */
  idle(idle: boolean): void {
    this.room.people.idle(this.userId, this.options.socketId, idle)
  }

  /** The socket is gone. */
  end(): void {
    this.ended = true
    this.leaveNow()
  }

  /** The socket may go while it joins. */
  private requireHere(): void {
    if (this.ended) throw new AppError('unavailable', 'The connection has ended')
  }

  private leaveNow(): void {
    const { hold, waiting } = this
    if (hold || waiting) this.unwatch?.()
    if (waiting) {
      this.waiting = null
      waiting.room.door.lobby.leave(this.userId, this.options.socketId)
      this.options.unlisten(waiting.room.id, this.userId)
      waiting.release()
    }
    if (!hold) return
    this.hold = null
    this.options.unlisten(hold.room.id, this.userId)
    hold.room.people.leave(this.userId, this.options.socketId)
    hold.release()
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.turn.then(task)
    this.turn = result.catch(() => undefined)
    return result
  }
}

function hadToLeave(): AppError {
  return new AppError('forbidden', 'You had to leave this room')
}
