import { MongoServerError, type Db } from 'mongodb'
import { nameIn } from './collections.ts'
import { isNotImplemented } from './connection-errors.ts'

const SECONDS_A_DAY = 86_400
const OTHER_OPTIONS = 85
const NO_SUCH_INDEX: readonly unknown[] = [26, 27]
const KEYS = { madeAt: 1 }
const INDEX = 'madeAt_1'

/**
 * Has the database delete predictions so many days after they were made, or never for 0. Where it cannot (FerretDB),
 * the rooms alone do.
 */
export async function expirePredictions(db: Db, epoch: number, days: number): Promise<void> {
  const name = nameIn(epoch, 'predictions')
  const expireAfterSeconds = days * SECONDS_A_DAY
  try {
    if (days === 0) await db.collection(name).dropIndex(INDEX)
    else await db.collection(name).createIndex(KEYS, { expireAfterSeconds }, {})
  } catch (error) {
    if (hasCode(error, [OTHER_OPTIONS]))
      await db.command({ collMod: name, index: { keyPattern: KEYS, expireAfterSeconds } })
    else if (!isNotImplemented(error) && !hasCode(error, NO_SUCH_INDEX)) throw error
  }
}

function hasCode(error: unknown, codes: readonly unknown[]): boolean {
  return error instanceof MongoServerError && codes.includes(error.code)
}
