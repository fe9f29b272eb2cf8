import { describe, expect, it } from 'vitest'
import { CHECKPOINT_VERSION } from '../../server/storage/records.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aCheckpoint, fillStore, patternBytes } from './store-records.ts'

export function checkpointContract(driver: StoreDriver): void {
  describe('checkpoints', () => {
    const newFolder = testFolders(driver)

    it('[STORE-25] checkpoints come back byte for byte, newest first, each with its network', async () => {
      const folder = newFolder()
      const store = await folder.open()
      expect(await store.listCheckpoints('p1')).toEqual([])
      const older = patternBytes(1_000, 1)
      const newer = patternBytes(3_300_000, 2)
      await store.putCheckpoint(aCheckpoint('k1', older), older)
      const change = { step: 60, accuracy: null, family: 'cnn-deep' } as const
      await store.putCheckpoint(aCheckpoint('k2', newer, change), newer)
      const again = await folder.reopen()
      const [latest] = await again.listCheckpoints('p1')
      expect(latest).toEqual(aCheckpoint('k2', newer, change))
      expect(Buffer.compare((await again.readCheckpoint('k2')).blob, newer)).toBe(0)
      expect((await again.readCheckpoint('k1')).blob).toEqual(older)
    })

    it('[STORE-27] a blob that is not its record, or a known id, is refused', async () => {
      const store = await newFolder().open()
      const blob = patternBytes(100, 1)
      await refusal(store.putCheckpoint(aCheckpoint('k1', blob), patternBytes(100, 2)), 'corrupt')
      await store.putCheckpoint(aCheckpoint('k1', blob), blob)
      await refusal(store.putCheckpoint(aCheckpoint('k1', blob, { step: 99 }), blob), 'conflict')
      expect(await store.listCheckpoints('p1')).toEqual([aCheckpoint('k1', blob)])
    })

    it('[STORE-28] checkpoints are deleted by id, with their blobs, within their project', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const blob = patternBytes(50, 1)
      for (let i = 0; i < 4; i++) {
        await store.putCheckpoint(aCheckpoint(`k${String(i)}`, blob, { pinned: i === 1 }), blob)
      }
      await store.putCheckpoint(aCheckpoint('other', blob, { projectId: 'p2' }), blob)
      expect(await store.deleteCheckpoints('p1', ['k0', 'k3', 'other', 'unknown'])).toBe(2)
      expect(await store.deleteCheckpoints('p1', ['k0'])).toBe(0)
      expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k2', 'k1'])
      expect(await store.listCheckpoints('p2')).toHaveLength(1)
      await refusal(store.readCheckpoint('k3'), 'not-found')
      expect((await store.readCheckpoint('k2')).record.id).toBe('k2')
    })

    it('[STORE-43] a checkpoint is read by its id, whichever it is', async () => {
      const folder = newFolder()
      const store = await folder.open()
      const large = patternBytes(1_600_000, 1)
      const blobs = [large, patternBytes(2_000, 2)]
      const records = blobs.map((blob, i) => aCheckpoint(`k${String(i)}`, blob, { step: i }))
      for (const [i, record] of records.entries()) await store.putCheckpoint(record, blobs[i] ?? large)
      const again = await folder.reopen()
      const first = await again.readCheckpoint('k0')
      expect(first.record).toEqual(records[0])
      expect(Buffer.compare(first.blob, large)).toBe(0)
      await refusal(again.readCheckpoint('k9'), 'not-found')
      await folder.closeAll()
      await driver.damageCheckpoint(folder.dir, 'k0')
      const damaged = await folder.reopen()
      await refusal(damaged.readCheckpoint('k0'), 'corrupt')
      expect((await damaged.readCheckpoint('k1')).blob).toEqual(blobs[1])
    })

    it('[STORE-44] a checkpoint is named, pinned and let go, and keeps all else', async () => {
      const folder = newFolder()
      const store = await folder.open()
      const blob = patternBytes(60, 1)
      const record = aCheckpoint('k1', blob, {
        reason: 'rollback',
        fromId: 'k0',
        accuracy: null,
        accuracyKind: null,
        loss: null,
        classIds: [],
      })
      await store.putCheckpoint(record, blob)
      expect(await store.updateCheckpoint('k1', { name: 'before the hats' })).toEqual({
        ...record,
        name: 'before the hats',
      })
      expect(await store.updateCheckpoint('k1', { pinned: true })).toMatchObject({
        name: 'before the hats',
        pinned: true,
      })
      expect(await (await folder.reopen()).listCheckpoints('p1')).toEqual([
        { ...record, name: 'before the hats', pinned: true },
      ])
      const again = await folder.reopen()
      expect(await again.updateCheckpoint('k1', { name: null, pinned: false })).toEqual(record)
      await refusal(again.updateCheckpoint('k9', { pinned: true }), 'not-found')
    })

    it('[STORE-45] a checkpoint of a newer version is listed, and read as it is', async () => {
      const store = await newFolder().open()
      const blob = patternBytes(60, 1)
      await store.putCheckpoint(aCheckpoint('k1', blob), blob)
      const newer = aCheckpoint('k2', blob, { version: CHECKPOINT_VERSION + 1 })
      await store.putCheckpoint(newer, blob)
      expect((await store.listCheckpoints('p1')).map(({ id }) => id)).toEqual(['k2', 'k1'])
      expect((await store.readCheckpoint('k2')).record).toEqual(newer)
    })
  })
}
