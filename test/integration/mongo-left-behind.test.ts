import { Binary, MongoClient, ObjectId, type Db } from 'mongodb'
import { afterAll, describe, expect, it } from 'vitest'
import { collectionNames } from '../../server/storage/mongo/collections.ts'
import { numbered } from '../../server/storage/mongo/documents.ts'
import { databaseOf } from '../../server/storage/mongo/mongo-url.ts'
import { openDatabase } from '../../server/storage/mongo/open-database.ts'
import { schemaOf } from '../../server/storage/mongo/validators.ts'
import { openStore } from '../../server/storage/open.ts'
import { fillEverything, readAll } from '../contract/full-store.ts'
import { missingPart } from '../support/missing-part.ts'
import { mongoServer } from '../support/mongo-server.ts'

type Named = { _id: string }

const server = await mongoServer()
if ('missing' in server) missingPart('tests of what is left behind in MongoDB', server.missing)
const log = { info: () => undefined, error: () => undefined }

describe.skipIf('missing' in server)('what servers leave behind in MongoDB', () => {
  if ('missing' in server) return
  const { freshDatabase } = server
  const clients: MongoClient[] = []

  afterAll(async () => {
    for (const client of clients) await client.close()
    await server.stop()
  })

  /** A database with something of every kind, which no server has open. */
  async function filled(): Promise<{ url: string; db: Db; records: unknown }> {
    const url = freshDatabase()
    const store = await openStore({ dataDir: '', mongodbUrl: url, log })
    await fillEverything(store)
    const records = await readAll(store)
    await store.close()
    const client = await MongoClient.connect(url)
    clients.push(client)
    return { url, db: client.db(databaseOf(url)), records }
  }

  async function openedAgain(url: string, days = 30): Promise<unknown> {
    const database = await openDatabase({
      url,
      keepPredictionsDays: days,
      onAway: () => undefined,
      onLost: () => undefined,
    })
    await database.swept
    await database.close()
    const store = await openStore({ dataDir: '', mongodbUrl: url, log })
    const records = await readAll(store)
    await store.close()
    return records
  }

  it('[MONGO-21] every document has what the validators ask for, a fence above all', async () => {
    const { db } = await filled()
    for (const name of collectionNames) {
      const { required, properties } = schemaOf(name)
      for (const document of await db.collection(name).find().toArray())
        for (const field of required) {
          const types = [properties[field]?.bsonType ?? []].flat()
          expect(types, `${name}.${field}`).toContain(bsonType(document[field]))
        }
    }
  })

  it('[MONGO-22] files and snapshots that nothing names are swept, also those of which only a part came', async () => {
    const { url, db, records } = await filled()
    const whole = new ObjectId('a'.repeat(24))
    const part = new ObjectId('b'.repeat(24))
    const chunk = (files_id: ObjectId) => ({ files_id, n: 0, data: Buffer.from('x') })
    const before = await db.collection('checkpoint_blobs.files').countDocuments()
    expect(before).toBeGreaterThan(0)
    await db.collection('checkpoint_blobs.files').insertOne({ _id: whole, filename: 'x' })
    await db.collection('checkpoint_blobs.chunks').insertMany([chunk(whole), chunk(part)])
    const states = db.collection<Named>('canvas_states')
    const statesBefore = await states.countDocuments()
    await states.insertOne(Object.assign({ _id: 'v1:gone' }, { canvasId: 'v1', fence: 1 }))
    expect(await openedAgain(url)).toEqual(records)
    expect(await db.collection('checkpoint_blobs.files').countDocuments()).toBe(before)
    expect(await db.collection('checkpoint_blobs.chunks').distinct('files_id')).not.toContainEqual(part)
    expect(await states.countDocuments()).toBe(statesBefore)
  })

  it('[MONGO-22] updates for which a snapshot stands are swept, those after it stay', async () => {
    const { url, db, records } = await filled()
    const log = db.collection<Named>('canvas_log')
    const canvases = db.collection<Named & { state: { position: number } | null }>('canvases')
    const canvas = await canvases.findOne({ 'state.position': { $gt: 0 } })
    const position = canvas?.state?.position ?? 0
    expect(position).toBeGreaterThan(0)
    const before = await log.countDocuments()
    const _id = numbered(canvas?._id ?? '', position)
    await log.insertOne(
      Object.assign({ _id }, { bytes: new Binary(Buffer.from('deleted')), clients: [], fence: 1 }),
    )
    expect(await openedAgain(url)).toEqual(records)
    expect(await log.countDocuments()).toBe(before)
    expect(await log.findOne({ _id })).toBeNull()
  })

  it('[MONGO-22] once snapshots are swept no late write makes a canvas name one of them', async () => {
    const { url, db } = await filled()
    const states = db.collection<Named>('canvas_states')
    await states.insertOne(Object.assign({ _id: 'v1:gone' }, { canvasId: 'v1', fence: 1 }))
    await openedAgain(url)
    expect(await states.findOne({ _id: 'v1:gone' })).toBeNull()
    expect(await db.collection('canvases').countDocuments({ fence: { $lte: 1 } })).toBe(0)
    expect(await db.collection('canvases').countDocuments()).toBeGreaterThan(0)
  })

  it('[MONGO-23] a server that lost the database drops nothing of the next one', async () => {
    const { url, db } = await filled()
    let lost: string | null = null
    const database = await openDatabase({
      url,
      keepPredictionsDays: 30,
      onAway: () => undefined,
      onLost: ({ code }) => (lost = code),
    })
    await database.swept
    await db.collection<Named>('server').updateOne({ _id: 'server' }, { $inc: { fence: 1 } })
    await expect.poll(() => lost, { timeout: 5_000 }).toBe('locked')
    await db.collection('drawings_e1').insertOne({ a: 1 })
    await expect(database.context.dropEpoch(1)).rejects.toMatchObject({ code: 'locked' })
    expect(await db.collection('drawings_e1').countDocuments()).toBe(1)
    await database.close()
  })

  it('[MONGO-23] the collections of a restore that was abandoned are dropped', async () => {
    const { url, db, records } = await filled()
    await db.collection('drawings_e1').insertOne({ a: 1 })
    await db.collection('checkpoint_blobs_e1.chunks').insertOne({ a: 1 })
    await db.collection('somebody_else').insertOne({ a: 1 })
    expect(await openedAgain(url)).toEqual(records)
    const names = (await db.listCollections().toArray()).map(({ name }) => name)
    expect(names.filter((name) => name.includes('_e1'))).toEqual([])
    expect(names).toContain('somebody_else')
  })

  it('[MONGO-24] a migration that was cut off is done again', async () => {
    const { url, db, records } = await filled()
    await db.collection<Named>('server').updateOne({ _id: 'server' }, { $set: { schema: 0 } })
    await db.collection('deletions').dropIndexes()
    expect(await openedAgain(url)).toEqual(records)
    expect(await db.collection('server').findOne()).toMatchObject({ schema: 1 })
    expect((await db.collection('deletions').indexes()).length).toBeGreaterThan(1)
  })

  it('[MONGO-3] a write counts once it is in the journal, whatever the address says', async () => {
    const database = await openDatabase({
      url: `${freshDatabase()}?journal=false&w=1`,
      keepPredictionsDays: 0,
      onAway: () => undefined,
      onLost: () => undefined,
    })
    expect(database.context.collection('drawings').writeConcern).toMatchObject({
      w: 'majority',
      journal: true,
    })
    await database.close()
  })

  it('[MONGO-25] predictions go by themselves after their days, where the server can do that', async () => {
    const { url, db } = await filled()
    await openedAgain(url, 30)
    const found = (await db.collection('predictions').indexes()).find(({ name }) => name === 'madeAt_1')
    expect(found?.expireAfterSeconds).toBe(server.real ? 30 * 86_400 : undefined)
  })
})

/** The name of a value's type, as far as these documents have it. */
function bsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'number' ? 'double' : typeof value
}
