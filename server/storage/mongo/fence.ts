import type { Collection, Db, GridFSBucket } from 'mongodb'
import type { KeyedQueue } from '../../ops/keyed-queue.ts'
import type { BucketName, CollectionName, StoredDocument } from './collections.ts'

/** The right to write to a database, held by one server at a time. */
export interface Fence {
  /** Grows with every take-over; documents carry the number of their last writer. */
  readonly number: number
  /**
   * @throws StoreError when nothing may be sent: `unavailable` while the lease is not valid by this process's clock,
   * `locked` when it is lost for good
   */
  check(): void
}

/** What the operations of the store work with. */
export interface MongoContext {
  readonly db: Db
  readonly fence: Fence
  /** Which set of collections holds the data; a restore moves it on by one. */
  readonly epoch: number
  /** A collection of the epoch that holds the data, or of the one named. */
  collection(name: CollectionName, epoch?: number): Collection<StoredDocument>
  bucket(name: BucketName, epoch?: number): GridFSBucket
  /** Writes of one key ('project:ID', 'canvas:ID') one after another. */
  readonly queue: KeyedQueue
  /** Makes the collections of an epoch with their indexes, validators and buckets; those that are there stay. */
  prepareEpoch(epoch: number): Promise<void>
  /** One fenced write to the `server` document after which `epoch` names that set of collections. */
  commitEpoch(epoch: number): Promise<void>
  /** Drops every collection and bucket of an epoch that does not hold the data. */
  dropEpoch(epoch: number): Promise<void>
}
