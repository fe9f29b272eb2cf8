import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingPart } from '../support/missing-part.ts'
import { databaseUrl, mongoServer, ownMongoServer } from '../support/mongo-server.ts'

const own = await ownMongoServer()
if ('missing' in own) missingPart('tests against MongoDB', own.missing)

describe.skipIf('missing' in own)('the MongoDB of the tests', () => {
  const server = 'missing' in own ? null : own
  let client: MongoClient

  beforeAll(async () => {
    if (!server) return
    client = await MongoClient.connect(server.freshDatabase(), { serverSelectionTimeoutMS: 1_000 })
  })
  afterAll(async () => {
    await client.close()
    await server?.stop()
  })

  it('keeps what was written when it is killed and started again', async () => {
    const things = client.db().collection<{ _id: string }>('things')
    await things.insertOne({ _id: 'a' })
    await server?.kill()
    await expect(things.findOne({ _id: 'a' })).rejects.toThrow()
    await server?.start()
    await expect.poll(() => things.findOne({ _id: 'a' }).catch(() => null)).toEqual({ _id: 'a' })
  })

  it('is one for all that ask in a process', async () => {
    const [one, other] = await Promise.all([mongoServer(), mongoServer()])
    expect(one).toBe(other)
    if (!('missing' in one)) await one.stop()
  })

  it('puts a database into any address', () => {
    expect(databaseUrl('mongodb://127.0.0.1:1/', 'x')).toBe('mongodb://127.0.0.1:1/x')
    expect(databaseUrl('mongodb://u:p@a:1,b:2/old?replicaSet=rs', 'x')).toBe(
      'mongodb://u:p@a:1,b:2/x?replicaSet=rs',
    )
    expect(databaseUrl('mongodb+srv://a?tls=true', 'x')).toBe('mongodb+srv://a/x?tls=true')
  })
})
