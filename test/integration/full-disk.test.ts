import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../server/storage/open.ts'
import { StoreError, type Store } from '../../server/storage/store.ts'
import { newId } from '../../shared/ids/id.ts'
import { refusal } from '../contract/store-harness.ts'
import { startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { line } from '../support/clients.ts'
import { missingPart } from '../support/missing-part.ts'
import { Person } from '../support/person.ts'

const log = pino({ level: 'silent' })
const root = temporaryFolder()
const mounted: string[] = []
afterAll(async () => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder])
  await rm(root, { recursive: true, force: true })
})

/** A disk of its own with this many bytes; null where this user cannot make one. */
function smallDisk(name: string, bytes: number): string | null {
  const folder = join(root, name)
  mkdirSync(folder)
  const how = ['-t', 'tmpfs', '-o', `size=${String(bytes)}`, 'tmpfs', folder]
  if (spawnSync('mount', how).status !== 0) return null
  mounted.push(folder)
  return folder
}

const disk = smallDisk('disk', 4_000_000)
if (disk === null) missingPart('a disk that is full or read-only', 'this user cannot mount one')
const canLimit = spawnSync('prlimit', ['--version']).status === 0
if (!canLimit) missingPart('a server that may not write', '`prlimit` (util-linux) is not here')

const user = (id: string) => ({ id, name: 'n'.repeat(500), animal: 'owl', pen: 1, createdAt: 1 }) as const

/** Writes people until one is refused; answers the ids of those that were acknowledged, and the refusal. */
async function writeUntilFull(store: Store): Promise<{ acknowledged: string[]; refused: StoreError }> {
  const acknowledged: string[] = []
  for (let i = 0; i < 20_000; i++) {
    const id = newId()
    try {
      await store.putUser(user(id))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return { acknowledged, refused: error }
    }
    acknowledged.push(id)
  }
  throw new Error('the disk was never full')
}

describe.skipIf(disk === null)('a disk of its own', () => {
  it('[STORE-63] that is full: writes say so, reads go on, it recovers by itself, and nothing acknowledged is lost', async () => {
    const dataDir = disk ?? ''
    let store = await openStore({ dataDir, log })
    const { acknowledged: before, refused } = await writeUntilFull(store)
    expect(before.length).toBeGreaterThan(10)
    expect(refused).toMatchObject({ code: 'unavailable', why: 'disk-full' })
    expect(refused.message).toContain('the disk is full')
    expect(await store.getUsers(before.slice(-5))).toHaveLength(5)
    // It is closed and opened again while the disk is full, as by a restart.
    await store.close()
    store = await openStore({ dataDir, log })
    const further = await writeUntilFull(store)
    expect(further.refused.why).toBe('disk-full')
    spawnSync('mount', ['-o', 'remount,size=16000000', dataDir])
    await expect.poll(() => store.check().then(() => 'well', String)).toBe('well')
    const after = newId()
    await store.putUser(user(after))
    await store.close()
    store = await openStore({ dataDir, log })
    for (const id of [...before, ...further.acknowledged, after])
      expect(await store.getUser(id), id).not.toBeNull()
    await store.close()
  })

  it('[STORE-63] that is read-only when the server starts is named, and nothing is touched', async () => {
    const dataDir = smallDisk('read-only', 8_000_000) ?? ''
    const store = await openStore({ dataDir, log })
    await store.putMeta('a', 'kept')
    await store.close()
    spawnSync('mount', ['-o', 'remount,ro', dataDir])
    const error = await refusal(openStore({ dataDir, log }), 'unavailable')
    expect(error.message).toContain(dataDir)
    spawnSync('mount', ['-o', 'remount,rw', dataDir])
    const again = await openStore({ dataDir, log })
    expect(await again.getMeta('a')).toBe('kept')
    await again.close()
  })
})

describe.skipIf(!canLimit)('a server that may not write', () => {
  const mayWrite = ({ child }: BuiltServer, bytes: string): void => {
    const done = spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`])
    expect(done.status, done.stderr.toString()).toBe(0)
  }

  it('[STORE-63] [OUTAGE-2] refuses labels and says why, goes on with drawing, and saves all of it once it may', async () => {
    const dataDir = join(root, 'limited')
    const server = await startBuilt(dataDir)
    const mia = await Person.arrive(server.url, 'Mia')
    const { project } = await mia.client.create('empty', ['cat'])
    await mia.enter(project.id)
    const classId = mia.room.classes[0]?.id ?? ''
    mayWrite(server, '1')
    const strokeId = newId()
    mia.commit(strokeId, line([100, 100], [800, 800]))
    const label = {
      canvasId: mia.canvasId,
      pageId: mia.pageId,
      classId,
      stateVector: mia.canvas?.stateVector ?? new Uint8Array(),
      idempotencyKey: newId(),
    }
    const refused = await mia.client.ask('drawing:label', label)
    expect(refused).toMatchObject({
      error: { code: 'unavailable', detail: expect.stringContaining('disk is full') as string },
    })
    const ready = await fetch(`${server.url}/ready`)
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('the disk takes no more'),
    ])
    const { snapshots } = await mia.client.command('canvas:snapshot', { canvasIds: [mia.canvasId] })
    expect(snapshots[0]?.strokes.map(({ id }) => id)).toEqual([strokeId])

    mayWrite(server, 'unlimited')
    await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(200)
    const { drawing } = await mia.client.command('drawing:label', label)
    const last = newId()
    mia.commit(last, line([0, 0], [800, 800]))
    await mia.canvas?.roundTrip()
    expect((await server.stop()).code, server.output()).toBe(0)
    mia.leave()

    const again = await startBuilt(dataDir)
    const back = mia.at(again.url)
    await back.enter(project.id)
    expect(back.room.samples.map(({ drawingId }) => drawingId)).toEqual([drawing.id])
    expect(back.canvas?.strokes()).toEqual([last])
    back.leave()
    expect((await again.stop()).code).toBe(0)
  })
})
