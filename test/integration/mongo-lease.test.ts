import { MongoClient } from 'mongodb'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../../server/storage/open.ts'
import { StoreError, type Store } from '../../server/storage/store.ts'
import { startHelper, type HelperProcess } from '../support/helper-process.ts'
import { missingPart } from '../support/missing-part.ts'
import type { OwnerHandlers } from '../support/mongo-owner.ts'
import { ownMongoServer } from '../support/mongo-server.ts'

const server = await ownMongoServer()
if ('missing' in server) missingPart('tests of the lease on MongoDB', server.missing)
const quiet = { info: () => undefined, error: () => undefined }
const OWNER = new URL('../support/mongo-owner.ts', import.meta.url)

describe.skipIf('missing' in server)('the lease on a MongoDB database', () => {
  if ('missing' in server) return
  const owners: HelperProcess<OwnerHandlers>[] = []
  const stores: Store[] = []

  afterEach(async () => {
    for (const owner of owners.splice(0)) await owner.stop()
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(() => server.stop())

  async function owner(url: string): Promise<{ process: HelperProcess<OwnerHandlers>; pid: number }> {
    const started = startHelper<OwnerHandlers>(OWNER, 0)
    owners.push(started)
    return { process: started, pid: await started.ask('open', url) }
  }

  async function open(mongodbUrl: string): Promise<Store> {
    const store = await openStore({ dataDir: '/nowhere', mongodbUrl, log: quiet })
    stores.push(store)
    return store
  }

  it('[LEASE-2] a second server is refused, with the process of the first one', async () => {
    const url = server.freshDatabase()
    const { process: first, pid } = await owner(url)
    await expect(open(url)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${pid} on `) as string,
    })
    expect(await first.ask('write', 'a')).toBe('written')
  })

  it('[LEASE-4] after kill -9 the next server has the database at once, with all that was written', async () => {
    const url = server.freshDatabase()
    const { process: first } = await owner(url)
    expect(await first.ask('write', 'a')).toBe('written')
    await first.stop()
    const store = await open(url)
    const fence = await beatOf(url)
    expect(fence).toMatchObject({ fence: 2 })
    expect(await store.getMeta('a')).toBe('a')
  })

  it('[LEASE-3] [LEASE-8] of a server that was halted the database is taken after 4 s; it writes nothing more', async () => {
    const url = server.freshDatabase()
    const { process: first } = await owner(url)
    first.child.kill('SIGSTOP')
    const from = performance.now()
    const store = await open(url)
    expect(performance.now() - from).toBeGreaterThan(4_000)
    const write = first.ask('write', 'from the first')
    first.child.kill('SIGCONT')
    expect(await write).toMatch(/^(unavailable|locked)$/)
    await expect.poll(() => first.ask('lost', null as never), { timeout: 10_000 }).toBe('locked')
    expect(await first.ask('write', 'from the first')).toBe('locked')
    expect(await store.getMeta('from the first')).toBeNull()
    expect(await store.putMeta('from the second', 'x')).toBe('x')
  })

  it('[LEASE-7] while the database is down calls are refused within 2 s, and go on under the same fence', async () => {
    const url = server.freshDatabase()
    const store = await open(url)
    await server.kill()
    const codes = await Promise.all(Array.from({ length: 200 }, (_, at) => refusal(store, `k${String(at)}`)))
    expect(Math.max(...codes.map(({ ms }) => ms))).toBeLessThan(3_000)
    expect(new Set(codes.map(({ code }) => code))).toEqual(new Set(['unavailable']))
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    await server.start()
    await expect.poll(() => store.putMeta('after', 'x').catch(() => null), { timeout: 10_000 }).toBe('x')
    expect(await beatOf(url)).toMatchObject({ fence: 1 })
    await store.check()
  })

  it('[LEASE-7] while the database hangs calls are refused soon after', async () => {
    const store = await open(server.freshDatabase())
    server.freeze()
    const { code, ms } = await refusal(store, 'a')
    const later = await refusal(store, 'b')
    server.thaw()
    expect(code).toBe('unavailable')
    expect(ms).toBeLessThan(5_000)
    expect(later.ms).toBeLessThan(100)
    await expect.poll(() => store.putMeta('after', 'x').catch(() => null), { timeout: 20_000 }).toBe('x')
  })

  it('[CONFIG-7] an address where nothing answers is told without its password', async () => {
    const error = await open('mongodb://me:secret@127.0.0.1:9/x').then(
      () => new Error('it opened'),
      (reason: unknown) => (reason instanceof StoreError ? reason : new Error(String(reason))),
    )
    expect(error.message).toContain('mongodb://127.0.0.1:9/x')
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain('secret')
  })
})

async function refusal(store: Store, key: string): Promise<{ code: string; ms: number }> {
  const from = performance.now()
  const code = await store.putMeta(key, 'x').then(
    () => 'written',
    (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
  )
  return { code, ms: performance.now() - from }
}

/** The document that says who has a database. */
async function beatOf(url: string): Promise<unknown> {
  const client = await MongoClient.connect(url)
  try {
    return await client.db().collection<{ _id: string }>('server').findOne({ _id: 'server' })
  } finally {
    await client.close()
  }
}
