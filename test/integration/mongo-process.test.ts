import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openStore } from '../../server/storage/open.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { missingPart } from '../support/missing-part.ts'
import { databaseUrl, ownMongoServer } from '../support/mongo-server.ts'

const server = await ownMongoServer()
if ('missing' in server) missingPart('tests of the server on MongoDB', server.missing)
const health = z.object({ store: z.object({ driver: z.string(), durability: z.string() }) })

describe.skipIf('missing' in server)('the server on MongoDB', () => {
  if ('missing' in server) return
  const dataDir = temporaryFolder()

  afterAll(async () => {
    rmSync(dataDir, { recursive: true, force: true })
    await server.stop()
  })

  it('[MONGO-1] serves from the database, tells so, refuses a second server, and leaves at once what it had', async () => {
    const MONGODB_URL = server.freshDatabase()
    const first = await startBuilt(dataDir, { MONGODB_URL })
    const { store } = health.parse(await (await fetch(`${first.url}/health`)).json())
    expect(store.driver).toMatch(/^mongodb \(/)
    await expect(startBuilt(dataDir, { MONGODB_URL })).rejects.toThrow(
      new RegExp(`could not start: another server has the database: process ${String(first.child.pid)} on`),
    )
    expect((await first.stop()).code).toBe(0)
    const next = await startBuilt(dataDir, { MONGODB_URL })
    expect((await next.stop()).code).toBe(0)
    expect(first.output()).not.toContain('damaged')
  })

  it('[MONGO-2] a server that was halted and lost its database ends with the reason, and not with 0', async () => {
    const MONGODB_URL = server.freshDatabase()
    const halted = await startBuilt(dataDir, { MONGODB_URL })
    halted.child.kill('SIGSTOP')
    const log = { info: () => undefined, error: () => undefined }
    const store = await openStore({ dataDir, mongodbUrl: MONGODB_URL, log })
    const ended = once(halted.child, 'exit')
    halted.child.kill('SIGCONT')
    expect(await ended).toEqual([1, null])
    expect(halted.output()).toMatch(
      new RegExp(`process ${String(process.pid)} on .* has taken the database over`),
    )
    expect(await store.putMeta('a', 'b')).toBe('b')
    await store.close()
  })

  it('[CONFIG-7] a database that does not let it in ends the start, without the password in what it prints', async () => {
    const url = databaseUrl(server.url, 'x').replace('mongodb://', 'mongodb://somebody:geheim@')
    const refused: unknown = await startBuilt(dataDir, { MONGODB_URL: url.replace(/:\d+\//, ':9/') }).catch(
      (error: unknown) => error,
    )
    expect(String(refused)).toMatch(/could not start: MONGODB_URL \(mongodb:\/\/127\.0\.0\.1:9\/x\)/)
    expect(String(refused)).not.toContain('geheim')
  })
})
