import type { CanvasClient } from '../storage/records.ts'
import type { Known } from './canvas-limits.ts'
import { type InspectedUpdate, UpdateRefused } from './inspect-update.ts'

/** Yjs clients of one canvas that stand for a person. Each lasts as long as the canvas; a page makes one a visit. */
const MAX_CLIENTS = 20_000

/** Who brings an update, and whether it was made just now (`live`) or comes with a first sync. */
export interface Bringer {
  readonly userId: string
  readonly live: boolean
  /** Yjs clients under which this person says to have drawn while away. */
  readonly declared?: ReadonlySet<number>
  /** Whether this person may bring something new now; always where it is not given. */
  readonly mayInk?: () => boolean
}

/** Which person each Yjs client id of a canvas stands for; one that is bound stays so. */
export class CanvasClients {
  private readonly bound: Map<number, string>
  /** Up to which clock Yjs clients have written here live: all that others can have of them is here too. */
  private readonly lived = new Map<number, number>()

  constructor(stored: readonly CanvasClient[]) {
    this.bound = new Map(stored.map(({ clientId, userId }) => [clientId, userId]))
  }

  drawerOf(clientId: number): string | undefined {
    return this.bound.get(clientId)
  }

  /**
   * The clients that an update binds to its bringer: the single unknown one of a live update, and of those that the
   * person declared the ones that the document holds nothing of. All others of a first sync stay nobody's: who
   * brings a stroke has not always drawn it.
   * @throws UpdateRefused when a live update brings new content of a client bound to somebody else, or a first sync
   * what that client itself has not brought while it writes here.
   */
  unboundOf({ clients }: InspectedUpdate, { userId, live, declared }: Bringer, known: Known): CanvasClient[] {
    const unbound: CanvasClient[] = []
    for (const [clientId, { to }] of clients) {
      if (to <= known(clientId)) continue
      const owner = this.bound.get(clientId)
      if (owner === undefined) {
        const own = declared?.has(clientId) === true && known(clientId) === 0
        if (own || (live && clients.size === 1)) unbound.push({ clientId, userId })
      } else if (owner !== userId && (live || this.isAllHere(clientId, known))) {
        throw new UpdateRefused('these strokes belong to somebody else')
      }
      if (live && this.lived.size < MAX_CLIENTS) this.lived.set(clientId, to)
    }
    return this.bound.size + unbound.length > MAX_CLIENTS ? [] : unbound
  }

  bind({ clientId, userId }: CanvasClient): void {
    this.bound.set(clientId, userId)
  }

  /** Whether the document has come as far as the client itself, which alone could go on from there. */
  private isAllHere(clientId: number, known: Known): boolean {
    const to = this.lived.get(clientId)
    return to !== undefined && known(clientId) >= to
  }
}
