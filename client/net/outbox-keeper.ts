import { localDb, roomKey, type KeptCommand, type LocalDb } from './local-db.ts'

/** Commands that this device keeps until they are answered, all people and rooms together. */
export const MAX_KEPT_COMMANDS = 300

/** What the outbox needs of a place that outlives the page. */
export interface OutboxKeeper {
  /** Resolves to whether the command is kept; false where there is no place for it. */
  add(command: Pick<KeptCommand, 'key' | 'name' | 'payload'>): Promise<boolean>
  remove(key: string): Promise<void>
  /** What is kept for this person in this room, oldest first. */
  list(): Promise<readonly KeptCommand[]>
  /**
   * Calls `then` once no other open page of this browser takes care of what earlier pages left; at once where the
   * browser cannot tell. Answers the function that gives the care up.
   */
  whenSole(then: () => void): () => void
}

/** Keeps the commands of a person in a room on this device, where it lets us. */
export function deviceKeeper(userId: string, projectId: string): OutboxKeeper {
  const room = roomKey(userId, projectId)
  // Adding and removing one command must not overtake each other.
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<T>(work: (db: LocalDb) => Promise<T>, otherwise: T): Promise<T> {
    const done = last.then(async () => {
      try {
        const db = await localDb()
        return db ? await work(db) : otherwise
      } catch {
        return otherwise
      }
    })
    last = done
    return done
  }

  return {
    add: (command) =>
      inTurn(async (db) => {
        if ((await db.count('commands')) >= MAX_KEPT_COMMANDS) return false
        await db.add('commands', { ...command, room })
        return true
      }, false),
    remove: (key) =>
      inTurn(async (db) => {
        const { store, done } = db.transaction('commands', 'readwrite')
        const place = await store.index('key').getKey(key)
        if (place !== undefined) await store.delete(place)
        await done
      }, undefined),
    list: () => inTurn((db) => db.getAllFromIndex('commands', 'room', room), []),
    whenSole(then) {
      const locks = locksHere()
      if (!locks) {
        then()
        return () => undefined
      }
      let giveUp: () => void = () => undefined
      const held = new Promise<void>((resolve) => (giveUp = resolve))
      let wanted = true
      locks
        .request(`trainboard.outbox.${room}`, () => {
          if (!wanted) return undefined
          then()
          return held
        })
        .catch(() => {
          if (wanted) then()
        })
      return () => {
        wanted = false
        giveUp()
      }
    },
  }
}

interface Locks {
  request(name: string, work: () => Promise<void> | undefined): Promise<unknown>
}

/** Browsers offer locks to secure pages alone. */
function locksHere(): Locks | null {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } }
  return navigator?.locks ?? null
}
