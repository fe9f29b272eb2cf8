import { ObjectId } from 'mongodb'
import * as z from 'zod'
import { removeBlob } from './blobs.ts'
import { nameIn, type BucketName, type CollectionName } from './collections.ts'
import type { MongoContext } from './fence.ts'

/** Which documents name the files of a bucket. */
const naming: Readonly<Record<BucketName, CollectionName>> = {
  checkpoint_blobs: 'checkpoints',
  snapshot_blobs: 'canvas_states',
}
/** Where in its hex an ObjectId has what differs from process to process. */
const PROCESS_PART = [8, 18] as const

const stateId = z.object({ state: z.nullable(z.object({ id: z.nullable(z.string()) })) })

/**
 * Removes what servers that died left behind: snapshots that no canvas names and files, whole or in part, that no
 * document names. What this process writes meanwhile is left alone. Answers how many of each went.
 */
export async function sweep(context: MongoContext): Promise<{ states: number; files: number }> {
  const states = await sweepStates(context)
  let files = 0
  for (const bucket of ['checkpoint_blobs', 'snapshot_blobs'] as const)
    files += await sweepFiles(context, bucket)
  return { states, files }
}

async function sweepStates(context: MongoContext): Promise<number> {
  const left = await context
    .collection('canvas_states')
    .find({ fence: { $lt: context.fence.number } }, { projection: { _id: 1 } })
    .toArray()
  if (left.length === 0) return 0
  const canvases = await context
    .collection('canvases')
    .find({}, { projection: { state: 1 } })
    .toArray()
  const named = new Set(canvases.map((canvas) => stateId.safeParse(canvas).data?.state?.id))
  let gone = 0
  for (const { _id } of left) {
    if (named.has(_id)) continue
    context.fence.check()
    await context.collection('canvas_states').deleteOne({ _id })
    gone++
  }
  return gone
}

async function sweepFiles(context: MongoContext, bucket: BucketName): Promise<number> {
  // What this process uploads has its own mark; all that was there before, and only that, can be without a document.
  const ours = new ObjectId().toHexString().slice(...PROCESS_PART)
  const ids = (await idsIn(context, bucket)).filter((id) => id.slice(...PROCESS_PART) !== ours)
  if (ids.length === 0) return 0
  const documents = await context
    .collection(naming[bucket])
    .find({}, { projection: { fileId: 1 } })
    .toArray()
  const named = new Set(documents.map((document) => document['fileId']))
  const orphans = ids.filter((id) => !named.has(id))
  for (const id of orphans) await removeBlob(context, bucket, id)
  return orphans.length
}

/** The files of a bucket, and those of which only parts came. */
async function idsIn({ db, epoch }: MongoContext, bucket: BucketName): Promise<string[]> {
  const whole: unknown[] = await db.collection(`${nameIn(epoch, bucket)}.files`).distinct('_id')
  const begun: unknown[] = await db.collection(`${nameIn(epoch, bucket)}.chunks`).distinct('files_id')
  const ids = [...whole, ...begun].filter((id) => id instanceof ObjectId)
  return [...new Set(ids.map((id) => id.toHexString()))]
}
