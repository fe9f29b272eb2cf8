import type { Db } from 'mongodb'
import { bucketNames, collectionNames, nameIn } from './collections.ts'
import type { MongoContext } from './fence.ts'

const PARTS_OF_A_BUCKET = ['files', 'chunks']

/** The names in the database of all that one epoch consists of. */
export function namesOfEpoch(epoch: number): string[] {
  return [
    ...collectionNames.map((name) => nameIn(epoch, name)),
    ...bucketNames.flatMap((name) => PARTS_OF_A_BUCKET.map((part) => `${nameIn(epoch, name)}.${part}`)),
  ]
}

/** Which epoch a collection of the database belongs to; null where it is none of ours. */
export function epochOf(name: string): number | null {
  const epoch = Number(/_e(\d{1,9})(?:\.(?:files|chunks))?$/.exec(name)?.[1] ?? 0)
  return namesOfEpoch(epoch).includes(name) ? epoch : null
}

/** The same database with the collections of one epoch, whichever holds the data. */
export function atEpoch(context: MongoContext, epoch: number): MongoContext {
  return {
    ...context,
    epoch,
    collection: (name, of = epoch) => context.collection(name, of),
    bucket: (name, of = epoch) => context.bucket(name, of),
  }
}

/** Drops the collections of every epoch that `stays` does not want, each only if `check` lets it; answers how many. */
export async function dropEpochs(
  db: Db,
  check: () => void,
  stays: (epoch: number) => boolean,
): Promise<number> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray()
  const gone = found.filter(({ name }) => {
    const epoch = epochOf(name)
    return epoch !== null && !stays(epoch)
  })
  for (const { name } of gone) {
    // A later server may have restored into an epoch of the same number.
    check()
    await db.dropCollection(name)
  }
  return gone.length
}
