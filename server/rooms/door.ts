import type { CanvasInfo, Hand, Person, Role } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { createListeners } from '../ops/listeners.ts'
import type { Access } from './access.ts'
import type { Canvases } from './canvases.ts'
import type { RoomHand } from './hand.ts'
import { Lobby } from './lobby.ts'
import { maskCanvases, maskPeople } from './masked-names.ts'
import type { PeopleHere } from './people-here.ts'
import type { RoomEvent, RoomMetrics, RoomOutlet, RoomPayload } from './ports.ts'

export interface DoorOptions {
  readonly projectId: string
  readonly outlet: RoomOutlet
  readonly metrics: RoomMetrics | undefined
  readonly access: Access
  readonly people: PeopleHere
  readonly canvases: Canvases
  readonly hand: RoomHand
  /** What somebody (null: anybody) may do on canvases may have changed. */
  readonly rightsChanged: (userId: string | null) => void
}

/** Who comes into a room, who has to leave it, and who of those in it sees whose name. */
export class Door {
  readonly lobby: Lobby
  private readonly dismissals = createListeners<string>()
  /** Hears of each person whose connections have to leave the room. */
  readonly onDismissal = this.dismissals.add

  constructor(private readonly options: DoorOptions) {
    const { projectId, outlet, metrics } = options
    this.lobby = new Lobby({
      metrics,
      changed: (waiting) => outlet.toRoles(projectId, 'owner', 'lobby:changed', { waiting }),
      answered: (userId, admitted) => outlet.toUsers(projectId, [userId], 'lobby:answered', { admitted }),
    })
  }

  /** Whether a member may be here at the moment; false for who has to be let in first. @throws AppError `ended` */
  admits(userId: string, role: Role): boolean {
    const { hand, canvases } = this.options
    if (role === 'owner') return true
    if (hand.ended) throw new AppError('ended')
    return !hand.lobby || this.lobby.isAdmitted(userId) || canvases.ownOf(userId) !== null
  }

  /** As `admits`. @throws AppError `ended`, `waiting` */
  admit(userId: string, role: Role): void {
    if (!this.admits(userId, role)) throw new AppError('waiting')
  }

  /** The people as somebody sees them. */
  peopleFor(viewerUserId: string): readonly Person[] {
    const people = this.options.people.list()
    return this.seesNames(viewerUserId) ? people : maskPeople(people, viewerUserId)
  }

  /** The canvases as somebody sees them. */
  canvasesFor(viewerUserId: string): readonly CanvasInfo[] {
    const canvases = this.options.canvases.list()
    return this.seesNames(viewerUserId) ? canvases : maskCanvases(canvases, viewerUserId)
  }

  tellPeople(news: RoomPayload<'people:changed'>): void {
    this.tell('people:changed', news, () => ({ ...news, people: maskPeople(news.people, null) }))
  }

  tellCanvases(canvases: readonly CanvasInfo[]): void {
    this.tell('canvases:changed', { canvases }, () => ({ canvases: maskCanvases(canvases, null) }))
  }

  /** What the hand holds is different now: tells it and lets it take effect. */
  handChanged(before: Hand, after: Hand, byUserId: string): void {
    const { projectId, outlet, people, access } = this.options
    outlet.toRoom(projectId, 'hand:changed', after)
    if (before.namesHidden !== after.namesHidden) {
      this.tellPeople({ people: people.list(), left: [] })
      this.tellCanvases(this.options.canvases.list())
    }
    if (after.lobby && !before.lobby) {
      for (const { id, online } of people.list()) if (online) this.lobby.admit(id)
    }
    if (before.lobby && !after.lobby) this.lobby.answerAll(true)
    if (!after.ended || before.ended) return
    outlet.toRoles(projectId, 'others', 'room:ended', { byUserId })
    this.lobby.answerAll(false)
    this.options.rightsChanged(null)
    for (const { id, online } of people.list()) {
      if (online && access.roleOf(id) !== 'owner') this.dismissals.tell(id)
    }
  }

  /** Nobody stays, and nobody waits any longer. */
  dismissAll(): void {
    this.lobby.answerAll(false)
    for (const { id, online } of this.options.people.list()) if (online) this.dismissals.tell(id)
  }

  /** Somebody has another name: while names are hidden nobody else may tell them. */
  renamed(userId: string): void {
    const { projectId, outlet, hand, people } = this.options
    if (!hand.namesHidden || people.get(userId)?.online !== true || this.seesNames(userId)) return
    const own = this.peopleFor(userId).filter(({ id }) => id === userId)
    outlet.toUsers(projectId, [userId], 'people:changed', { people: own, left: [] })
  }

  /** A membership began, changed its role, or ended (null); to be called once it holds. */
  roleChanged(userId: string, before: Role | null, role: Role | null): void {
    const { projectId, outlet, hand, people } = this.options
    if (role !== 'owner') hand.lost(userId)
    if (role === null) {
      this.lobby.forget(userId)
      this.dismissals.tell(userId)
      return
    }
    if (role === 'owner' && this.lobby.isWaiting(userId)) this.lobby.admit(userId)
    if (people.get(userId)?.online !== true || (before === 'owner') === (role === 'owner')) return
    if (hand.ended) {
      outlet.toUsers(projectId, [userId], 'room:ended', { byUserId: userId })
      this.dismissals.tell(userId)
      return
    }
    if (role !== 'owner') this.lobby.admit(userId)
    const waiting = role === 'owner' ? this.lobby.list() : []
    if (hand.lobby) outlet.toUsers(projectId, [userId], 'lobby:changed', { waiting })
    if (!hand.namesHidden) return
    outlet.toUsers(projectId, [userId], 'people:changed', { people: this.peopleFor(userId), left: [] })
    outlet.toUsers(projectId, [userId], 'canvases:changed', { canvases: this.canvasesFor(userId) })
  }

  private seesNames(userId: string): boolean {
    return !this.options.hand.namesHidden || this.options.access.roleOf(userId) === 'owner'
  }

  private tell<E extends RoomEvent>(event: E, payload: RoomPayload<E>, masked: () => RoomPayload<E>): void {
    const { projectId, outlet, hand } = this.options
    if (!hand.namesHidden) {
      outlet.toRoom(projectId, event, payload)
      return
    }
    outlet.toRoles(projectId, 'owner', event, payload)
    outlet.toRoles(projectId, 'others', event, masked())
  }
}
