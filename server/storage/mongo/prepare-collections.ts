import type { Db } from 'mongodb'
import { bucketNames, collectionNames, firstIndexes, nameIn } from './collections.ts'
import { isNotImplemented, isThere } from './connection-errors.ts'
import { schemaOf, type DocumentSchema } from './validators.ts'

/** Makes the collections of an epoch with their indexes and, where the server has them, validators; again changes nothing. */
export async function prepareCollections(db: Db, epoch: number): Promise<void> {
  for (const name of collectionNames) {
    await makeCollection(db, nameIn(epoch, name), schemaOf(name))
    for (const { keys, options } of firstIndexes.filter(({ collection }) => collection === name))
      await db.collection(nameIn(epoch, name)).createIndex(keys, options, {})
  }
  for (const bucket of bucketNames.map((name) => nameIn(epoch, name))) {
    // As GridFS itself would make them at its first upload, in the way of whoever uploads.
    await db.collection(`${bucket}.files`).createIndex({ filename: 1, uploadDate: 1 }, {}, {})
    await db.collection(`${bucket}.chunks`).createIndex({ files_id: 1, n: 1 }, { unique: true }, {})
  }
}

async function makeCollection(db: Db, name: string, schema: DocumentSchema | null): Promise<void> {
  try {
    await db.createCollection(name, schema === null ? {} : { validator: { $jsonSchema: schema } })
  } catch (error) {
    if (schema !== null && isNotImplemented(error)) await makeCollection(db, name, null)
    else if (!isThere(error)) throw error
  }
}
