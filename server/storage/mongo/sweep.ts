import { ObjectId } from 'mongodb'
import * as z from 'zod'
import { removeBlob } from './blobs.ts'
import { nameIn, type BucketName, type CollectionName } from './collections.ts'
import { numberedFrom } from './documents.ts'
import { atEpoch } from './epochs.ts'
import type { MongoContext } from './fence.ts'
import { remove } from './writes.ts'

/** Which documents name the files of a bucket. */
const naming: Readonly<Record<BucketName, CollectionName>> = {
  checkpoint_blobs: 'checkpoints',
  snapshot_blobs: 'canvas_states',
}
/** Where in its hex an ObjectId has what differs from process to process. */
const PROCESS_PART = [8, 18] as const

const statePosition = z.object({ state: z.object({ position: z.number() }) })
const stateId = z.object({ state: z.nullable(z.object({ id: z.nullable(z.string()) })) })

/**
 * Removes what servers that died left behind: updates for which a snapshot stands, snapshots that no canvas names and
 * files, whole or in part, that no document names. What this process writes meanwhile is left alone.
 */
export async function sweep(now: MongoContext): Promise<void> {
  // A restore may come in between; what holds then has nothing to do with what was read before.
  const context = atEpoch(now, now.epoch)
  await sweepLogs(context)
  await sweepStates(context)
  for (const bucket of ['checkpoint_blobs', 'snapshot_blobs'] as const) await sweepFiles(context, bucket)
}

/** What a snapshot stands for may have been taken off the canvas because somebody wanted it deleted. */
async function sweepLogs(context: MongoContext): Promise<void> {
  const canvases = await context
    .collection('canvases')
    .find({}, { projection: { state: 1 } })
    .toArray()
  for (const canvas of canvases) {
    const position = statePosition.safeParse(canvas).data?.state.position
    if (position === undefined) continue
    const replaced = { _id: numberedFrom(canvas._id, 0, position) }
    const left = await context.collection('canvas_log').findOne(replaced, { projection: { _id: 1 } })
    if (left) await remove(context, 'canvas_log', replaced)
  }
}

async function sweepStates(context: MongoContext): Promise<void> {
  const left = await context
    .collection('canvas_states')
    .find({ fence: { $lt: context.fence.number } }, { projection: { _id: 1 } })
    .toArray()
  if (left.length === 0) return
  // From now on no write of an earlier server that arrives late makes a canvas name one of them.
  context.fence.check()
  const fence = context.fence.number
  await context.collection('canvases').updateMany({ fence: { $lt: fence } }, { $set: { fence } })
  const canvases = await context
    .collection('canvases')
    .find({}, { projection: { state: 1 } })
    .toArray()
  const named = new Set(canvases.map((canvas) => stateId.safeParse(canvas).data?.state?.id))
  for (const { _id } of left) {
    if (!named.has(_id)) await remove(context, 'canvas_states', { _id })
  }
}

async function sweepFiles(context: MongoContext, bucket: BucketName): Promise<void> {
  // What this process uploads has its own mark; all that was there before, and only that, can be without a document.
  const ours = new ObjectId().toHexString().slice(...PROCESS_PART)
  const ids = (await idsIn(context, bucket)).filter((id) => id.slice(...PROCESS_PART) !== ours)
  if (ids.length === 0) return
  const documents = await context
    .collection(naming[bucket])
    .find({}, { projection: { fileId: 1 } })
    .toArray()
  const named = new Set(documents.map((document) => document['fileId']))
  for (const id of ids) if (!named.has(id)) await removeBlob(context, bucket, id)
}

/** The files of a bucket, and those of which only parts came. */
async function idsIn({ db, epoch }: MongoContext, bucket: BucketName): Promise<string[]> {
  const whole: unknown[] = await db.collection(`${nameIn(epoch, bucket)}.files`).distinct('_id')
  const begun: unknown[] = await db.collection(`${nameIn(epoch, bucket)}.chunks`).distinct('files_id')
  const ids = [...whole, ...begun].filter((id) => id instanceof ObjectId)
  return [...new Set(ids.map((id) => id.toHexString()))]
}
