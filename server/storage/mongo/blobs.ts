import { MongoGridFSChunkError, MongoRuntimeError, ObjectId } from 'mongodb'
import type { BucketName } from './collections.ts'
import type { MongoContext } from './fence.ts'

/** Writes bytes as a file of their own; answers its id. Nobody needs the file until a document names it. */
export async function writeBlob(
  context: MongoContext,
  name: BucketName,
  bytes: Uint8Array,
  epoch = context.epoch,
): Promise<string> {
  context.fence.check()
  const id = new ObjectId()
  const stream = context.bucket(name, epoch).openUploadStreamWithId(id, id.toHexString())
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject)
    stream.once('finish', resolve)
    stream.end(bytes)
  })
  context.fence.check()
  return id.toHexString()
}

/** The bytes of a file; null where it, or a part of it, is not there. */
export async function readBlob(
  context: MongoContext,
  name: BucketName,
  id: string,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of context.bucket(name).openDownloadStream(new ObjectId(id))) {
      if (!(chunk instanceof Uint8Array)) return null
      chunks.push(chunk)
    }
  } catch (error) {
    if (isDamage(error)) return null
    throw error
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** Removes a file that no document names; one that is not there is fine. */
export async function removeBlob(context: MongoContext, name: BucketName, id: string): Promise<void> {
  context.fence.check()
  try {
    await context.bucket(name).delete(new ObjectId(id))
  } catch (error) {
    if (!isDamage(error)) throw error
  }
}

/** Whether the database answered, and what it has is not a whole file. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof MongoGridFSChunkError ||
    (error instanceof MongoRuntimeError && error.message.includes('FileNotFound'))
  )
}
