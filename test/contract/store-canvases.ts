import { describe, expect, it } from 'vitest'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aCanvas, fillStore, patternBytes } from './store-records.ts'

export function canvasContract(driver: StoreDriver): void {
  describe('canvases', () => {
    const newFolder = testFolders(driver)

    it('[STORE-9] canvases are added, changed and listed by age, deleted ones with their mark', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.putCanvas(aCanvas({ id: 'v0', ownerId: null, name: 'All', createdAt: 500 }))
      await store.putCanvas(aCanvas({ generation: 2, deleted: true, openTo: 'owner' }))
      expect(await store.listCanvases('p1')).toEqual([
        aCanvas({ id: 'v0', ownerId: null, name: 'All', createdAt: 500 }),
        aCanvas({ generation: 2, deleted: true, openTo: 'owner' }),
      ])
      expect((await store.getCanvas('v1'))?.generation).toBe(2)
      expect(await store.getCanvas('v7')).toBeNull()
      await refusal(store.putCanvas(aCanvas({ id: 'v8', projectId: 'p2' })), 'not-found')
    })

    it('[STORE-10] updates come back whole and in the order in which they were asked for', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      expect(await store.loadCanvas('v1')).toEqual({ snapshot: null, updates: [], position: 0 })
      const updates = Array.from({ length: 40 }, (_, i) => patternBytes(1 + i * 37, i))
      const positions = await Promise.all(updates.map((update) => store.appendCanvas('v1', update, [])))
      expect(positions).toEqual(updates.map((_, i) => i + 1))
      const again = await folder.reopen()
      expect(await again.loadCanvas('v1')).toEqual({ snapshot: null, updates, position: 40 })
    })

    it('[STORE-10] a view on a large buffer is stored as the bytes it shows', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const view = patternBytes(100_000, 3).subarray(500, 510)
      await store.appendCanvas('v1', view, [])
      expect((await store.loadCanvas('v1')).updates).toEqual([view.slice()])
      expect(view.byteLength).toBe(10)
    })

    it('[STORE-11] a snapshot stands for the updates up to its position; later ones stay', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      for (const byte of [1, 2, 3]) await store.appendCanvas('v1', Uint8Array.of(byte), [])
      const snapshot = patternBytes(800_000, 1)
      await store.snapshotCanvas('v1', snapshot, 2)
      const log = await store.loadCanvas('v1')
      expect(log.snapshot && Buffer.compare(log.snapshot, snapshot)).toBe(0)
      expect(log.updates).toEqual([Uint8Array.of(3)])
      expect(log.position).toBe(3)

      await refusal(store.snapshotCanvas('v1', Uint8Array.of(9), 1), 'conflict')
      await refusal(store.snapshotCanvas('v1', Uint8Array.of(9), 4), 'conflict')
      await store.snapshotCanvas('v1', Uint8Array.of(7), 3)
      expect(await store.loadCanvas('v1')).toEqual({
        snapshot: Uint8Array.of(7),
        updates: [],
        position: 3,
      })
      expect(await store.appendCanvas('v1', Uint8Array.of(4), [])).toBe(4)
    })

    it('[STORE-12] a Yjs client id keeps the first person it was bound to', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.appendCanvas('v1', Uint8Array.of(1), [
        { clientId: 4_294_967_295, userId: 'u1' },
        { clientId: 7, userId: 'u2' },
      ])
      await store.appendCanvas('v1', Uint8Array.of(2), [{ clientId: 7, userId: 'u3' }])
      expect(await store.listCanvasClients('v1')).toEqual([
        { clientId: 7, userId: 'u2' },
        { clientId: 4_294_967_295, userId: 'u1' },
      ])
    })

    it('[STORE-13] a canvas that does not exist is refused, never blank', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await refusal(store.loadCanvas('v7'), 'not-found')
      await refusal(store.appendCanvas('v7', Uint8Array.of(1), []), 'not-found')
      await refusal(store.snapshotCanvas('v7', Uint8Array.of(1), 0), 'not-found')
    })
  })
}
