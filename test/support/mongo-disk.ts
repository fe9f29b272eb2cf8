import type { Db } from 'mongodb'
import { GridFSBucket } from 'mongodb'
import { createKeyedQueue } from '../../server/ops/keyed-queue.ts'
import { nameIn, type StoredDocument } from '../../server/storage/mongo/collections.ts'
import { dropEpochs, namesOfEpoch } from '../../server/storage/mongo/epochs.ts'
import type { MongoContext } from '../../server/storage/mongo/fence.ts'
import type { MongoOperations } from '../../server/storage/mongo/mongo-operations.ts'
import { mongoOperations } from '../../server/storage/mongo/operations.ts'
import { prepareCollections } from '../../server/storage/mongo/prepare-collections.ts'
import { finishAll } from '../../server/storage/mongo/unfinished.ts'
import { StoreError } from '../../server/storage/store.ts'

const unguarded = (): void => undefined

/** A server's right to write, which may end between any two of its writes. */
export interface CutFence {
  readonly number: number
  /** Looks at the lease so far: one before and one after each write. */
  readonly looks: number
  check(): void
}

/** The calls over one database as servers come and go, without a thread, a lease or a connection of their own. */
export class MongoDisk {
  #epoch = 0
  #fence = 0

  constructor(private readonly db: Db) {}

  /** An empty database with its collections; of the ones of before nothing stays. */
  async wipe(): Promise<void> {
    await dropEpochs(this.db, unguarded, (epoch) => epoch === 0)
    this.#epoch = 0
    await prepareCollections(this.db, 0)
    for (const name of namesOfEpoch(0)) await this.db.collection(name).deleteMany({})
  }

  /**
   * The next server opens the database; at the look of the number `cutAt` its lease is over, for that many looks. `lost`:
   * why it gave the database up; null while it did not.
   */
  async open(
    cutAt = Infinity,
    forLooks = Infinity,
  ): Promise<{ operations: MongoOperations; fence: CutFence; lost: () => StoreError | null }> {
    const number = ++this.#fence
    let looks = 0
    const fence: CutFence = {
      number,
      get looks() {
        return looks
      },
      check() {
        looks++
        if (looks >= cutAt && looks < cutAt + forLooks)
          throw new StoreError('unavailable', 'the lease is over')
      },
    }
    const context = this.#context(fence)
    await dropEpochs(this.db, unguarded, (epoch) => epoch === this.#epoch)
    await finishAll(context)
    looks = 0
    let lost: StoreError | null = null
    const operations = mongoOperations(context, (error) => (lost = error))
    return { operations, fence, lost: () => lost }
  }

  #context(fence: CutFence): MongoContext {
    const { db } = this
    const epoch = (): number => this.#epoch
    return {
      db,
      fence,
      get epoch() {
        return epoch()
      },
      collection: (name, of = epoch()) => db.collection<StoredDocument>(nameIn(of, name)),
      bucket: (name, of = epoch()) => new GridFSBucket(db, { bucketName: nameIn(of, name) }),
      queue: createKeyedQueue(),
      prepareEpoch: (made) => prepareCollections(db, made),
      commitEpoch: (next) => {
        fence.check()
        this.#epoch = next
        return Promise.resolve()
      },
      dropEpoch: async (gone) => {
        await dropEpochs(
          db,
          () => fence.check(),
          (other) => other !== gone,
        )
      },
    }
  }
}
