import type { CreateIndexesOptions, IndexSpecification } from 'mongodb'

/** What a document is before it has been read by a schema; every identifier of ours is a text. */
export interface StoredDocument {
  readonly _id: string
  readonly [field: string]: unknown
}

export const collectionNames = [
  'meta',
  'users',
  'projects',
  'codes',
  'members',
  'canvases',
  'canvas_states',
  'canvas_log',
  'drawings',
  'drawing_keys',
  'predictions',
  'accuracy',
  'checkpoints',
  'deletions',
] as const
export type CollectionName = (typeof collectionNames)[number]

export const bucketNames = ['checkpoint_blobs', 'snapshot_blobs'] as const
export type BucketName = (typeof bucketNames)[number]

/** The name in the database; the first epoch has none in it. */
export function nameIn(epoch: number, name: CollectionName | BucketName): string {
  return epoch === 0 ? name : `${name}_e${String(epoch)}`
}

export interface IndexOf {
  readonly collection: CollectionName
  readonly keys: IndexSpecification
  readonly options?: CreateIndexesOptions
}

/** The indexes of the first version of the data. What goes by `_id` alone needs none. */
export const firstIndexes: readonly IndexOf[] = [
  { collection: 'members', keys: { userId: 1, joinedAt: -1 } },
  { collection: 'members', keys: { projectId: 1 } },
  { collection: 'canvases', keys: { projectId: 1, createdAt: 1 } },
  { collection: 'canvas_states', keys: { canvasId: 1 } },
  { collection: 'drawings', keys: { projectId: 1, seq: 1 }, options: { unique: true } },
  { collection: 'drawings', keys: { projectId: 1, classId: 1, seq: 1, split: 1, withdrawn: 1 } },
  // Counts are read from this index alone.
  { collection: 'drawings', keys: { projectId: 1, toSort: 1, withdrawn: 1, classId: 1, seq: 1, split: 1 } },
  { collection: 'drawings', keys: { projectId: 1, split: 1, seq: 1, withdrawn: 1 } },
  { collection: 'drawings', keys: { projectId: 1, withdrawn: 1, seq: 1 } },
  { collection: 'drawings', keys: { projectId: 1, contributorIds: 1, classId: 1, seq: 1 } },
  { collection: 'drawings', keys: { projectId: 1, contributorIds: 1, seq: 1 } },
  { collection: 'drawing_keys', keys: { projectId: 1 } },
  { collection: 'predictions', keys: { projectId: 1, number: 1 }, options: { unique: true } },
  { collection: 'predictions', keys: { projectId: 1, at: 1 } },
  { collection: 'predictions', keys: { drawingId: 1 } },
  { collection: 'predictions', keys: { projectId: 1, 'prediction.pageId': 1 } },
  { collection: 'accuracy', keys: { projectId: 1, number: 1 }, options: { unique: true } },
  { collection: 'checkpoints', keys: { projectId: 1, number: 1 }, options: { unique: true } },
  { collection: 'deletions', keys: { projectId: 1, number: 1 }, options: { unique: true } },
]
