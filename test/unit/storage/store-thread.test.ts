import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type * as spawning from '../../../server/ops/spawn-worker.ts'
import { openStore } from '../../../server/storage/open.ts'
import { StoreError, type Store } from '../../../server/storage/store.ts'
import { Line } from '../../../server/storage/thread/line.ts'
import type { DriverName } from '../../../server/storage/thread/rpc.ts'
import { refusal } from '../../contract/store-harness.ts'

const { threads } = vi.hoisted(() => ({ threads: [] as Worker[] }))
vi.mock('../../../server/ops/spawn-worker.ts', async (original) => {
  const { spawnWorker } = await original<typeof spawning>()
  return {
    spawnWorker: (...how: Parameters<typeof spawnWorker>): Worker => {
      const worker = spawnWorker(...how)
      threads.push(worker)
      return worker
    },
  }
})

const opened: { store: Store; dir: string }[] = []
afterEach(async () => {
  for (const { store, dir } of opened.splice(0)) {
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  }
  threads.length = 0
})

async function open(driver: DriverName): Promise<{ store: Store; dir: string; told: string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'trainboard-thread-'))
  const told: string[] = []
  const log = { info: () => undefined, error: (_: object, words: string) => void told.push(words) }
  const store = await openStore({ dataDir: dir, log, drivers: [driver] })
  opened.push({ store, dir })
  return { store, dir, told }
}

const kill = async (): Promise<unknown> => threads.at(-1)?.terminate()

describe.each(['better-sqlite3', 'libsql'] as const)('a store thread that dies (%s)', (driver) => {
  it('[STORE-60] is started again with the lock: what was acknowledged is there, what waited is unavailable', async () => {
    const { store, dir, told } = await open(driver)
    expect(await store.putMeta('before', 'kept')).toBe('kept')
    const under = Array.from({ length: 50 }, (_, i) => store.putMeta(`under way ${String(i)}`, 'x'))
    const outcomes = Promise.allSettled(under)
    await kill()
    await refusal(store.getMeta('before'), 'unavailable')
    await refusal(store.check(), 'unavailable')
    for (const outcome of await outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreError)
    }
    await expect.poll(() => store.check().then(() => 'well', String)).toBe('well')
    expect(await store.getMeta('before')).toBe('kept')
    expect(await store.putMeta('after', 'kept too')).toBe('kept too')
    expect(told).toContain("the store's thread died and is started again")
    const log = { info: () => undefined, error: () => undefined }
    await refusal(openStore({ dataDir: dir, log, drivers: [driver] }), 'locked')
  })
})

describe('a store thread', () => {
  it('[STORE-62] is not ready from a write that failed until one succeeds', async () => {
    const { store } = await open('better-sqlite3')
    await store.check()
    // A blob that is not what its record says is a fault of the caller, not of the disk.
    await refusal(
      store.listCanvasClients('none').then(() => store.loadCanvas('none')),
      'not-found',
    )
    await store.check()
    await kill()
    await refusal(store.putMeta('a', 'b'), 'unavailable')
    await refusal(store.check(), 'unavailable')
    await expect.poll(() => store.check().then(() => 'well', String)).toBe('well')
  })

  it('[STORE-61] that dies again and again is not started for ever: the store says that it is lost', async () => {
    const { store } = await open('better-sqlite3')
    const losses: StoreError[] = []
    void store.lost.then((error) => losses.push(error))
    while (losses.length === 0) {
      const count = threads.length
      expect(count).toBeLessThan(12)
      await kill()
      await expect.poll(() => losses.length > 0 || threads.length > count).toBe(true)
      await expect
        .poll(() =>
          store.check().then(
            () => true,
            () => losses.length > 0,
          ),
        )
        .toBe(true)
    }
    expect(losses[0]?.code).toBe('unavailable')
    expect(losses[0]?.message).toContain('again and again')
    await refusal(store.getMeta('x'), 'unavailable')
  })

  it('[STORE-61] that is closed while it is being started again ends', async () => {
    const { store, dir } = await open('better-sqlite3')
    await kill()
    await store.close()
    await refusal(store.getMeta('x'), 'unavailable')
    const log = { info: () => undefined, error: () => undefined }
    const again = await openStore({ dataDir: dir, log })
    opened.push({ store: again, dir })
    expect(await again.getMeta('x')).toBeNull()
  })

  it('[STORE-64] at fault has few calls waiting for it at once, and all of them again once a write succeeded', async () => {
    // Answers writes with 'unavailable', and reads not at all, until it is told that all is well.
    const thread = `const { parentPort } = require('node:worker_threads')
      const held = []
      let well = false
      const error = { code: 'unavailable', message: 'the database is away', cause: null }
      const reply = (id, rest) => parentPort.postMessage({ kind: 'replies', replies: [{ id, ...rest }] })
      parentPort.on('message', ({ id, method, args }) => {
        if (method === 'probe') {
          well = true
          for (const one of held) reply(one, { ok: true, result: null })
        }
        if (well) reply(id, { ok: true, result: null })
        else if (method === 'putMeta') reply(id, { ok: false, error })
        else held.push(id)
        if (method === 'close') process.exit()
      })
      parentPort.postMessage({ kind: 'opened', driver: 'played' })`
    const spawn = (): Worker => new Worker(thread, { eval: true })
    const { line } = await Line.open({ spawn, told: () => undefined })
    await refusal(line.call('putMeta', 'a', 'b'), 'unavailable')
    let answered = 0
    const reads = Array.from({ length: 100 }, () => line.call('getMeta', 'a'))
    for (const read of reads) void read.then(() => answered++).catch(() => undefined)
    await refusal(line.call('getMeta', 'a'), 'unavailable')
    expect(answered).toBe(0)
    const refused = await Promise.race(
      reads.slice(40).map((read) => read.then(() => 'answered').catch(() => 'refused')),
    )
    expect(refused).toBe('refused')
    // The calls that may wait are answered when the store is back; a check is among the first to notice.
    await line.check().catch(() => undefined)
    expect((await Promise.allSettled(reads)).filter(({ status }) => status === 'fulfilled')).toHaveLength(32)
    await line.close()
  })

  it('[STORE-30] a second server is told which process has the folder', async () => {
    const { dir } = await open('better-sqlite3')
    const log = { info: () => undefined, error: () => undefined }
    const error = await refusal(openStore({ dataDir: dir, log }), 'locked')
    expect(error.message).toContain(dir)
    expect(error.message).toContain(`(process ${String(process.pid)})`)
  })
})
