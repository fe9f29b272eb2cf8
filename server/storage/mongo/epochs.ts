import type { Db } from 'mongodb'
import { bucketNames, collectionNames, nameIn } from './collections.ts'

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

/** Drops the collections of every epoch that `stays` does not want; answers how many. */
export async function dropEpochs(db: Db, stays: (epoch: number) => boolean): Promise<number> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray()
  const gone = found.filter(({ name }) => {
    const epoch = epochOf(name)
    return epoch !== null && !stays(epoch)
  })
  for (const { name } of gone) await db.dropCollection(name)
  return gone.length
}
