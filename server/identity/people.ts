import { randomInt } from 'node:crypto'
import { newId } from '../../shared/ids/id.ts'
import { animals, type User } from '../../shared/protocol/entities.ts'
import { PEN_COUNT } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import { createListeners } from '../ops/listeners.ts'
import type { UserRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'

/** Names and looks of people. Names are expected tidied (`personNameSchema`). */
export interface People {
  /** A new person, with an animal and a pen colour. */
  arrive(name: string): Promise<User>
  get(userId: string): Promise<User | null>
  /** @throws AppError `unknown-person` */
  rename(userId: string, name: string): Promise<User>
  /** Calls `changed` after each stored rename. */
  onChange(changed: (user: User) => void): () => void
}

export interface PeopleOptions {
  readonly store: Pick<Store, 'putUser' | 'getUser'>
  readonly clock: Clock
}

export function createPeople({ store, clock }: PeopleOptions): People {
  const renames = createListeners<User>()
  return {
    async arrive(name) {
      const animal = animals[randomInt(animals.length)] ?? animals[0]
      const record = { id: newId(), name, animal, pen: randomInt(1, PEN_COUNT + 1), createdAt: clock.now() }
      await store.putUser(record)
      return toUser(record)
    },
    async get(userId) {
      const record = await store.getUser(userId)
      return record && toUser(record)
    },
    async rename(userId, name) {
      const record = await store.getUser(userId)
      if (!record) throw new AppError('unknown-person')
      const renamed = { ...record, name }
      await store.putUser(renamed)
      const user = toUser(renamed)
      renames.tell(user)
      return user
    },
    onChange: renames.add,
  }
}

export function toUser({ id, name, animal, pen }: UserRecord): User {
  return { id, name, animal, pen }
}
