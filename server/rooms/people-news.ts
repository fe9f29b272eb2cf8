import type { Clock } from '../ops/clock.ts'
import type { RoomPayload } from './ports.ts'
import type { PeopleHere } from './people-here.ts'

/** Least time between two events of people, in ms. */
export const PEOPLE_MS = 100
/** How long the first of many waits for the others: a class comes in at once. */
const GATHER_MS = 10

/** Gathers who came, changed and went, and tells it at most ten times a second, as it is then. */
export class PeopleNews {
  private readonly changed = new Set<string>()
  private timer: NodeJS.Timeout | null = null
  private toldAt = -Infinity

  constructor(
    private readonly clock: Clock,
    private readonly people: Pick<PeopleHere, 'get'>,
    private readonly tell: (news: RoomPayload<'people:changed'>) => void,
  ) {}

  add(userId: string): void {
    this.changed.add(userId)
    const waited = this.clock.now() - this.toldAt
    this.timer ??= setTimeout(() => this.flush(), Math.max(GATHER_MS, PEOPLE_MS - waited))
  }

  /** Tells what was gathered, at once. */
  flush(): void {
    this.stop()
    if (this.changed.size === 0) return
    this.toldAt = this.clock.now()
    const changed = [...this.changed]
    this.changed.clear()
    const people = changed.map((userId) => this.people.get(userId)).filter((person) => person !== null)
    const left = changed.filter((userId) => !this.people.get(userId))
    this.tell({ people, left })
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
  }
}
