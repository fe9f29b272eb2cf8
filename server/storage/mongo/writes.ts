import type { Document, Filter } from 'mongodb'
import { StoreError } from '../store.ts'
import type { CollectionName, StoredDocument } from './collections.ts'
import { duplicatesIn, isDuplicate, taken } from './errors.ts'
import type { MongoContext } from './fence.ts'

/*
 * Every write goes through here: none is sent without the lease, each leaves its server's number in the document, and
 * none changes a document that a later server has written. The lease is looked at again before a write counts as done:
 * then no later server can have read what was there before it.
 */

/** Changes of a document, as MongoDB names them. */
export interface Update {
  readonly $set?: Document
  readonly $max?: Document
  readonly $push?: Document
  readonly $addToSet?: Document
}

/** @throws MongoServerError that `isDuplicate` knows where the document is there */
export async function insert(
  context: MongoContext,
  name: CollectionName,
  document: StoredDocument,
): Promise<void> {
  context.fence.check()
  await context.collection(name).insertOne({ ...document, fence: context.fence.number })
  context.fence.check()
}

/** Answers false, having changed nothing, where the document is there. */
export async function insertNew(
  context: MongoContext,
  name: CollectionName,
  document: StoredDocument,
): Promise<boolean> {
  try {
    await insert(context, name, document)
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** Inserts those that are not there; answers the others. */
export async function insertMissing<D extends StoredDocument>(
  context: MongoContext,
  name: CollectionName,
  documents: readonly D[],
): Promise<D[]> {
  if (documents.length === 0) return []
  context.fence.check()
  try {
    const fence = context.fence.number
    const fenced = documents.map((document): StoredDocument => ({ ...document, fence }))
    await context.collection(name).insertMany(fenced, { ordered: false })
    context.fence.check()
    return []
  } catch (error) {
    const places = duplicatesIn(error)
    if (!places) throw error
    context.fence.check()
    return places.flatMap((place) => documents[place] ?? [])
  }
}

/**
 * Changes the document that is known to be there.
 * @throws StoreError `locked` where a later server has written it, `not-found` where it has gone meanwhile
 */
export async function change(
  context: MongoContext,
  name: CollectionName,
  id: string,
  update: Update,
): Promise<void> {
  if (await changeFound(context, name, id, update)) return
  if (await context.collection(name).findOne({ _id: id }, { projection: { _id: 1 } })) {
    throw taken(`${name} ${id}`)
  }
  throw new StoreError('not-found', `${id} of ${name} is gone`)
}

/** Changes the document, or inserts `whole` where it is not there. */
export async function put(
  context: MongoContext,
  name: CollectionName,
  whole: StoredDocument,
  set: Document,
): Promise<void> {
  const update = { $set: set }
  if (await changeFound(context, name, whole._id, update)) return
  if (await insertNew(context, name, whole)) return
  await change(context, name, whole._id, update)
}

/** Answers how many there were; what a later server has written stays. */
export async function remove(
  context: MongoContext,
  name: CollectionName,
  filter: Filter<StoredDocument>,
): Promise<number> {
  context.fence.check()
  const fence = { $lte: context.fence.number }
  const { deletedCount } = await context.collection(name).deleteMany({ ...filter, fence })
  context.fence.check()
  return deletedCount
}

async function changeFound(
  context: MongoContext,
  name: CollectionName,
  id: string,
  update: Update,
): Promise<boolean> {
  context.fence.check()
  const fence = context.fence.number
  const { matchedCount } = await context
    .collection(name)
    .updateOne({ _id: id, fence: { $lte: fence } }, { ...update, $set: { ...update.$set, fence } })
  context.fence.check()
  return matchedCount > 0
}
