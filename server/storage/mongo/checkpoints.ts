import { createHash } from 'node:crypto'
import * as z from 'zod'
import { checkpointReasons } from '../../../shared/protocol/entities.ts'
import { families } from '../../../shared/training/settings.ts'
import type { CheckpointRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import { readBlob, removeBlob, writeBlob } from './blobs.ts'
import { read } from './documents.ts'
import { isDuplicate } from './errors.ts'
import type { MongoContext } from './fence.ts'
import type { Numbers } from './numbers.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { change, insert, remove } from './writes.ts'

type CheckpointOperations = Pick<
  MongoOperations,
  'putCheckpoint' | 'readCheckpoint' | 'listCheckpoints' | 'updateCheckpoint' | 'deleteCheckpoints'
>

const checkpointSchema = z.object({
  _id: z.string(),
  projectId: z.string(),
  number: z.number(),
  at: z.number(),
  step: z.number(),
  reason: z.enum(checkpointReasons),
  version: z.number(),
  checksum: z.string(),
  bytes: z.number(),
  pinned: z.boolean(),
  name: z.string().nullable(),
  accuracy: z.number().nullable(),
  accuracyKind: z.enum(['test', 'prequential']).nullable(),
  loss: z.number().nullable(),
  trainedTo: z.number(),
  classIds: z.array(z.string()),
  family: z.enum(families).default('cnn'),
  fromId: z.string().nullable(),
  fileId: z.string(),
})

/** A checkpoint's record with the file of its blob. */
export interface CheckpointDocument {
  readonly record: CheckpointRecord
  readonly number: number
  readonly fileId: string
}

export function checkpointOperations(context: MongoContext, numbers: Numbers): CheckpointOperations {
  return {
    putCheckpoint: (record, blob) => putCheckpoint(context, numbers, record, blob),
    async readCheckpoint(id) {
      const found = await required(context, id)
      const blob = await readWhole(context, found)
      if (!blob) throw new StoreError('corrupt', `the blob of checkpoint ${id} is damaged`)
      return { record: found.record, blob }
    },
    listCheckpoints: async (projectId) => (await newestFirst(context, projectId)).map(({ record }) => record),
    async updateCheckpoint(id, changes) {
      const { record } = await required(context, id)
      await change(context, 'checkpoints', id, { $set: { ...changes } })
      return { ...record, ...changes }
    },
    async deleteCheckpoints(projectId, ids) {
      let gone = 0
      for (const id of ids) {
        const found = await find(context, id)
        if (found?.record.projectId !== projectId) continue
        gone += await remove(context, 'checkpoints', { _id: id, projectId })
        // The record is gone, and with it the checkpoint; a file that stays is swept when the store is opened.
        await removeBlob(context, 'checkpoint_blobs', found.fileId).catch(() => undefined)
      }
      return gone
    },
  }
}

/** The blob; null where it is cut short or altered. */
export async function readWhole(
  context: MongoContext,
  { record, fileId }: Pick<CheckpointDocument, 'record' | 'fileId'>,
): Promise<Uint8Array | null> {
  const blob = await readBlob(context, 'checkpoint_blobs', fileId)
  return blob && matches(record, blob) ? blob : null
}

export function toCheckpoint(document: unknown): CheckpointDocument {
  const { _id, number, fileId, ...record } = read(checkpointSchema, document, 'checkpoint')
  return { record: { id: _id, ...record }, number, fileId }
}

/** The record is the commit; a blob that no record names is swept when the store is opened. */
async function putCheckpoint(
  context: MongoContext,
  numbers: Numbers,
  record: CheckpointRecord,
  blob: Uint8Array,
): Promise<void> {
  if (!matches(record, blob)) {
    throw new StoreError('corrupt', `the blob of checkpoint ${record.id} does not match its record`)
  }
  await refuseKnown(context, record.id)
  const fileId = await writeBlob(context, 'checkpoint_blobs', blob)
  const { id, ...fields } = record
  await numbers.add(record.projectId, async (number) => {
    try {
      await insert(context, 'checkpoints', { _id: id, ...fields, number, fileId })
    } catch (error) {
      if (isDuplicate(error)) await refuseKnown(context, id)
      throw error
    }
    return number
  })
}

async function refuseKnown(context: MongoContext, id: string): Promise<void> {
  if (await find(context, id)) throw new StoreError('conflict', `there is a checkpoint ${id} already`)
}

async function required(context: MongoContext, id: string): Promise<CheckpointDocument> {
  const found = await find(context, id)
  if (!found) throw new StoreError('not-found', `there is no checkpoint ${id}`)
  return found
}

async function find(context: MongoContext, id: string): Promise<CheckpointDocument | null> {
  const document = await context.collection('checkpoints').findOne({ _id: id })
  return document && toCheckpoint(document)
}

async function newestFirst(context: MongoContext, projectId: string): Promise<CheckpointDocument[]> {
  const documents = await context.collection('checkpoints').find({ projectId }).sort({ number: -1 }).toArray()
  return documents.map(toCheckpoint)
}

function matches(record: CheckpointRecord, blob: Uint8Array): boolean {
  return (
    record.bytes === blob.byteLength && createHash('sha256').update(blob).digest('hex') === record.checksum
  )
}
