import type { StoreArgs, StoreMethod, StoreResults } from '../thread/rpc.ts'

/** Every call of the store as the driver for MongoDB answers it. */
export type MongoOperations = {
  readonly [M in StoreMethod]: (...args: StoreArgs[M]) => Promise<StoreResults[M]>
}
