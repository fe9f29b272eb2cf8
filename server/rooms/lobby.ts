import type { User } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { MAX_WAITING } from '../../shared/protocol/limits.ts'
import type { RoomMetrics } from './ports.ts'

/** How long somebody whose connection ended keeps their place, in ms. */
const COME_BACK_MS = 5_000
/** Least time between two lists that are told, and how long the first of many waits for the others, in ms. */
const TELL_MS = 100
const GATHER_MS = 10
/** People remembered as let in; the oldest would have to be let in once more. */
const MAX_ADMITTED = 2_000

interface Waiting {
  readonly user: User
  readonly sockets: Set<string>
  gone: NodeJS.Timeout | null
}

export interface LobbyOptions {
  readonly metrics: RoomMetrics | undefined
  /** Milliseconds that somebody whose connection ended keeps their place. */
  readonly comeBackMs?: number
  /** The list changed; told at most ten times a second, as it is then: a class comes at once. */
  readonly changed: (waiting: readonly User[]) => void
  readonly answered: (userId: string, admitted: boolean) => void
}

/** Who waits to be let into a room, in the order in which they came, and who was let in. */
export class Lobby {
  private readonly waiting = new Map<string, Waiting>()
  private readonly admitted = new Set<string>()
  private telling: NodeJS.Timeout | null = null
  private toldAt = -Infinity

  constructor(private readonly options: LobbyOptions) {}

  list(): User[] {
    return [...this.waiting.values()].map(({ user }) => user)
  }

  isAdmitted(userId: string): boolean {
    return this.admitted.has(userId)
  }

  isWaiting(userId: string): boolean {
    return this.waiting.has(userId)
  }

  /** Keeps a place for somebody who asks to come in. @throws AppError `full` */
  wait({ id, name, animal, pen }: User, socketId: string): void {
    const known = this.waiting.get(id)
    if (!known && this.waiting.size >= MAX_WAITING) {
      this.options.metrics?.refused('lobby')
      throw new AppError('full', `At most ${String(MAX_WAITING)} people wait at once`)
    }
    if (known?.gone) clearTimeout(known.gone)
    const user = { id, name, animal, pen }
    this.waiting.set(id, { user, sockets: new Set([...(known?.sockets ?? []), socketId]), gone: null })
    if (known?.user.name !== name) this.tell()
  }

  /** A socket of somebody ended or asks anew; their place is kept for a moment. */
  leave(userId: string, socketId: string): void {
    const waiting = this.waiting.get(userId)
    if (!waiting?.sockets.delete(socketId) || waiting.sockets.size > 0) return
    waiting.gone = setTimeout(() => this.drop(userId), this.options.comeBackMs ?? COME_BACK_MS)
    waiting.gone.unref()
  }

  /** Lets somebody in or turns them away. @throws AppError `unknown-person` for who does not wait */
  answer(userId: string, admit: boolean): void {
    if (!this.waiting.has(userId)) throw new AppError('unknown-person', 'This person does not wait')
    this.settle(userId, admit)
    this.tell()
  }

  /** Everybody who waits may come in, or is turned away. */
  answerAll(admit: boolean): void {
    if (this.waiting.size === 0) return
    for (const userId of [...this.waiting.keys()]) this.settle(userId, admit)
    this.tell()
  }

  /** Somebody may come in without being asked about. */
  admit(userId: string): void {
    if (this.waiting.has(userId)) {
      this.answer(userId, true)
      return
    }
    this.admitted.add(userId)
    const [oldest] = this.admitted
    if (this.admitted.size > MAX_ADMITTED && oldest !== undefined) this.admitted.delete(oldest)
  }

  /** Somebody is no member any more. */
  forget(userId: string): void {
    this.admitted.delete(userId)
    this.drop(userId)
  }

  stop(): void {
    if (this.telling) clearTimeout(this.telling)
    this.telling = null
    for (const { gone } of this.waiting.values()) if (gone) clearTimeout(gone)
  }

  private settle(userId: string, admit: boolean): void {
    const { gone } = this.waiting.get(userId) ?? { gone: null }
    if (gone) clearTimeout(gone)
    this.waiting.delete(userId)
    if (admit) this.admit(userId)
    this.options.answered(userId, admit)
  }

  private drop(userId: string): void {
    const waiting = this.waiting.get(userId)
    if (!waiting) return
    if (waiting.gone) clearTimeout(waiting.gone)
    this.waiting.delete(userId)
    this.tell()
  }

  private tell(): void {
    const waited = Date.now() - this.toldAt
    this.telling ??= setTimeout(
      () => {
        this.telling = null
        this.toldAt = Date.now()
        this.options.changed(this.list())
      },
      Math.max(GATHER_MS, TELL_MS - waited),
    )
  }
}
