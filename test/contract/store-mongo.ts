import { Binary, MongoClient, ObjectId, type Db } from 'mongodb'
import { openStore } from '../../server/storage/open.ts'
import type { Store } from '../../server/storage/store.ts'
import { databaseUrl, type MongoServer } from '../support/mongo-server.ts'
import type { StoreDriver } from './store-harness.ts'

const quiet = { info: () => undefined, error: () => undefined }

/** One database a folder; the folder itself stays empty. */
export function mongoDriver(server: Pick<MongoServer, 'freshDatabase'>): StoreDriver {
  const urls = new Map<string, string>()
  const urlOf = (dir: string): string => {
    const url = urls.get(dir) ?? server.freshDatabase()
    urls.set(dir, url)
    return url
  }
  return {
    name: 'mongodb',
    heldBy: () => `process ${String(process.pid)}`,
    writerArgs: (dir) => [urlOf(dir)],
    open: (dir) => openMongo(urlOf(dir)),
    damageCheckpoint: (dir, checkpointId) =>
      withDatabase(urlOf(dir), async (db) => {
        const records = db.collection<{ _id: string; fileId: string }>('checkpoints')
        const record = await records.findOne({ _id: checkpointId })
        const chunks = db.collection('checkpoint_blobs.chunks')
        const chunk = await chunks.findOne({ files_id: new ObjectId(record?.fileId), n: 0 })
        if (!chunk || !(chunk['data'] instanceof Binary)) throw new Error('there is no blob to damage')
        const bytes = Uint8Array.from(chunk['data'].value())
        bytes[0] = (bytes[0] ?? 0) ^ 255
        await chunks.updateOne({ _id: chunk._id }, { $set: { data: new Binary(bytes) } })
      }),
    putTraining: (dir, projectId, training) =>
      withDatabase(urlOf(dir), async (db) => {
        await db.collection<{ _id: string }>('projects').updateOne({ _id: projectId }, { $set: { training } })
      }),
  }
}

export function openMongo(mongodbUrl: string): Promise<Store> {
  return openStore({ dataDir: '', mongodbUrl, log: quiet })
}

/** Beside the store, as another program would. */
export async function withDatabase<T>(url: string, task: (db: Db) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(databaseUrl(url, ''))
  try {
    return await task(client.db(new URL(url).pathname.slice(1)))
  } finally {
    await client.close()
  }
}
