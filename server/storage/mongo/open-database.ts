import { GridFSBucket, type Collection, type Db } from 'mongodb'
import { createKeyedQueue } from '../../ops/keyed-queue.ts'
import { StoreError } from '../store.ts'
import { acquireLease } from './acquire-lease.ts'
import { nameIn, type BucketName, type StoredDocument } from './collections.ts'
import { connect, type MongoConnection } from './connect.ts'
import { isOutage } from './connection-errors.ts'
import { dropEpochs } from './epochs.ts'
import { expirePredictions } from './expire-predictions.ts'

import { leaseBook, readServerDocument, SERVER_COLLECTION, SERVER_ID } from './lease-book.ts'
import { thisProcess } from './lease-owner.ts'
import { Lease } from './lease.ts'
import { acceptSchema, migrate } from './migrations.ts'
import { prepareCollections } from './prepare-collections.ts'
import { sweep } from './sweep.ts'
import { finishAll } from './unfinished.ts'
import type { MongoContext } from './fence.ts'

const MOST_TRIES = 3

export interface OpenDatabaseOptions {
  readonly url: string
  /** Days after which the database deletes predictions, where it can; 0 for never. */
  readonly keepPredictionsDays: number
  /** The database stopped answering or is lost, see `Lease`. */
  readonly onAway: (error: StoreError) => void
  readonly onLost: (error: StoreError) => void
}

export interface OpenDatabase {
  readonly context: MongoContext
  readonly lease: Lease
  /** Name and version of the server. */
  readonly server: string
  /** Resolves once what servers that died left behind is gone, or could not be removed this time. */
  readonly swept: Promise<void>
  /** Gives the lease back and disconnects. */
  close(): Promise<void>
}

/**
 * Connects, takes the lease, brings the collections to this version, finishes what was being deleted and drops what
 * abandoned restores left.
 * @throws StoreError `locked` while another server has the database; `unavailable` where nothing answers or the data is
 * of a newer version
 */
export async function openDatabase({
  url,
  keepPredictionsDays,
  onAway,
  onLost,
}: OpenDatabaseOptions): Promise<OpenDatabase> {
  const connection = await connect(url)
  let lease: Lease | null = null
  try {
    const documents = connection.lease.collection<StoredDocument>(SERVER_COLLECTION)
    const book = leaseBook(documents)
    const { fence, askedAt } = await acquireLease({ book, me: thisProcess(), accept: acceptSchema })
    lease = new Lease({ book, fence, askedAt, onAway, onLost })
    const context = await openContext(connection, lease, documents, keepPredictionsDays)
    await finishAll(context)
    await expirePredictions(context.db, context.epoch, keepPredictionsDays)
    const swept = sweep(context).then(
      () => undefined,
      () => undefined,
    )
    const held = lease
    return {
      context,
      lease,
      server: connection.server,
      swept,
      async close() {
        await held.release()
        await connection.close()
      },
    }
  } catch (error) {
    await lease?.release()
    await connection.close()
    throw error
  }
}

async function openContext(
  connection: MongoConnection,
  lease: Lease,
  documents: Collection<StoredDocument>,
  keepPredictionsDays: number,
): Promise<MongoContext> {
  const db = connection.data
  const found = readServerDocument(await documents.findOne({ _id: SERVER_ID }))
  let epoch = found.epoch
  const prepareEpoch = async (made: number): Promise<void> => {
    lease.check()
    await prepareCollections(db, made)
    await expirePredictions(db, made, keepPredictionsDays)
  }
  await migrate(found.schema, { epoch, prepareEpoch }, (schema) => change(documents, lease, { schema }))
  const check = (): void => lease.check()
  await dropEpochs(db, check, (other) => other === epoch)
  const bucket = bucketsOf(db)
  return {
    db,
    fence: lease,
    get epoch() {
      return epoch
    },
    collection: (name, of = epoch) => db.collection<StoredDocument>(nameIn(of, name)),
    bucket: (name, of = epoch) => bucket(name, of),
    queue: createKeyedQueue(),
    prepareEpoch,
    async commitEpoch(next) {
      await change(documents, lease, { epoch: next })
      epoch = next
    },
    async dropEpoch(gone) {
      if (gone === epoch) throw new StoreError('conflict', `epoch ${String(gone)} holds the data`)
      await dropEpochs(db, check, (other) => other !== gone)
    },
  }
}

/** Sets fields of the server document under this fence; repeated where no answer came, which changes nothing more. */
async function change(
  documents: Collection<StoredDocument>,
  lease: Lease,
  fields: { readonly schema: number } | { readonly epoch: number },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    lease.check()
    try {
      const { matchedCount } = await documents.updateOne(
        { _id: SERVER_ID, fence: lease.number },
        { $set: fields },
      )
      if (matchedCount === 1) return
      throw new StoreError('locked', 'another server has taken the database over')
    } catch (error) {
      if (!isOutage(error) || attempt === MOST_TRIES) throw error
    }
  }
}

/** One object a bucket, since each looks for its indexes before its first upload. */
function bucketsOf(db: Db): (name: BucketName, epoch: number) => GridFSBucket {
  const made = new Map<string, GridFSBucket>()
  return (name, epoch) => {
    const bucketName = nameIn(epoch, name)
    const bucket = made.get(bucketName) ?? new GridFSBucket(db, { bucketName })
    made.set(bucketName, bucket)
    return bucket
  }
}
