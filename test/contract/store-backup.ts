import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { backupKinds } from '../../server/backup/kinds.ts'
import type { BackupRecord } from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'
import { comparable, fillEverything, readAll } from './full-store.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import {
  aCanvas,
  aCheckpoint,
  aClass,
  aDrawing,
  aMember,
  anOpinion,
  aPrediction,
  aProject,
  fillStore,
  patternBytes,
} from './store-records.ts'

/** Reading everything out of a store, and replacing everything in one. */
export function backupContract(driver: StoreDriver): void {
  describe('backup and restore', () => {
    const newFolder = testFolders(driver)

    it('[BACKUP-1] all that a store holds goes into another one, whose own records are gone', async () => {
      const from = await newFolder().open()
      await fillEverything(from)
      const records = await readAll(from)
      expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(backupKinds))

      const into = newFolder()
      const store = await into.open()
      await store.createProject(
        aProject({ id: 'p9' }),
        [aClass({ projectId: 'p9' })],
        aMember({ projectId: 'p9' }),
        [],
      )
      await restore(store, withKindsReversed(records))
      for (const opened of [() => Promise.resolve(store), () => into.reopen()]) {
        const open = await opened()
        expect(comparable(await readAll(open))).toEqual(comparable(records))
        expect(await open.getProject('p9')).toBeNull()
        expect(await open.countDrawings('p1')).toEqual(await from.countDrawings('p1'))
        expect(await open.listDrawings('p1', 0, 10)).toEqual(await from.listDrawings('p1', 0, 10))
        expect((await open.findDrawingByKey('p1', 'again'))?.id).toBe('d1')
        expect(await open.findDrawings('p1', { userId: 'u2' }, null, 10)).toEqual(
          await from.findDrawings('p1', { userId: 'u2' }, null, 10),
        )
        expect(await open.findDeletedPages('v1', ['g1', 'g3'])).toEqual(['g3'])
        expect(textOf(await open.loadCanvas('v1'))).toBe('one two three')
        expect(await open.listCheckpoints('p1')).toEqual(await from.listCheckpoints('p1'))
      }
    })

    it('[BACKUP-2] records are read in pages, each in exactly one, while others write', async () => {
      const store = await newFolder().open()
      await fillEverything(store)
      const before = comparable(await readAll(store))
      let writes = 0
      const meanwhile = async (): Promise<void> => {
        if (writes >= 60) return
        const id = `m${String(writes++)}`
        await store.addDrawing(aDrawing({ id, pageId: id }), anOpinion('c1', id), id)
        await store.putUser({ id, name: id, animal: 'owl', pen: 1, createdAt: 1 })
        await store.addPredictions([aPrediction(writes, { id })])
      }
      const paged = await readAll(store, 1, meanwhile)
      const ids = paged.map((record) => JSON.stringify(identityOf(record)))
      expect(new Set(ids).size).toBe(ids.length)
      const read = new Set(comparable(paged).map((record) => JSON.stringify(record)))
      expect(before.filter((record) => !read.has(JSON.stringify(record)))).toEqual([])
      expect(writes).toBeGreaterThan(20)
    })

    it('[BACKUP-3] an answer of records ends at about a megabyte, whatever is asked for', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      for (let i = 0; i < 12; i++) {
        const strokes = [{ id: 's', bytes: patternBytes(300_000, i) }]
        const id = `d${String(i)}`
        await store.addDrawing(aDrawing({ id, pageId: id, strokes }), null, id)
      }
      const page = await store.readRecords('drawing', null, 1_000)
      expect(page.items.length).toBeGreaterThan(0)
      expect(page.items.length).toBeLessThan(8)
      expect(page.next).not.toBeNull()
      expect(await readAll(store)).toHaveLength(12 + 6)
    })

    it('[BACKUP-4] until the commit nothing has changed; an aborted or abandoned restore leaves nothing', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillEverything(store)
      const records = await readAll(store)
      const other: BackupRecord = { kind: 'project', value: aProject({ id: 'p2' }) }
      await refusal(store.writeRecords([other]), 'conflict')
      await refusal(store.commitRestore(), 'conflict')

      await store.beginRestore()
      await refusal(store.beginRestore(), 'conflict')
      await store.writeRecords([other])
      await store.putMeta('meanwhile', '1')
      expect(await store.getProject('p2')).toBeNull()
      await store.abortRestore()
      await refusal(store.commitRestore(), 'conflict')

      await store.beginRestore()
      await store.writeRecords([other])
      const again = await folder.reopen()
      await refusal(again.commitRestore(), 'conflict')
      const kept = (await readAll(again)).filter(
        ({ value }) => !('key' in value && value.key === 'meanwhile'),
      )
      expect(kept).toEqual(records)
      await restore(again, [])
      expect((await readAll(again)).filter(({ kind }) => kind !== 'meta')).toEqual([])
    })

    it('[BACKUP-5] a restore raises every canvas above each generation that was ever seen', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.putCanvas(aCanvas({ id: 'v2', generation: 4 }))
      const records = await readAll(store)
      await store.resetCanvas('v1', null)
      await store.putCanvas(aCanvas({ id: 'v3', generation: 9 }))
      await restore(store, records)
      const first = await store.listCanvases('p1')
      expect(first.map(({ id }) => id)).toEqual(['v1', 'v2'])
      expect(Math.min(...first.map(({ generation }) => generation))).toBeGreaterThan(4)
      // The canvas that was not in the backup comes back by another one, above what it had.
      await restore(store, [
        { kind: 'project', value: aProject() },
        { kind: 'canvas', value: { record: aCanvas({ id: 'v3' }), log: null, clients: [] } },
      ])
      expect((await store.getCanvas('v3'))?.generation).toBeGreaterThan(9)
    })

    it('[BACKUP-6] the label log goes on above all that was learned from, also where its newest drawings are gone', async () => {
      const store = await newFolder().open()
      const blob = patternBytes(100, 1)
      await restore(store, [
        { kind: 'checkpoint', value: { record: aCheckpoint('k1', blob, { trainedTo: 40 }), blob } },
        { kind: 'project', value: aProject() },
      ])
      const drawing = await store.addDrawing(aDrawing(), anOpinion('c1', 'a'), 'a')
      expect(drawing.seq).toBeGreaterThan(40)
      expect((await store.countDrawings('p1')).total).toBe(1)
    })

    it('[BACKUP-7] a restored canvas takes further updates, and its people are known', async () => {
      const store = await newFolder().open()
      await fillEverything(store)
      await restore(store, await readAll(store))
      expect(await store.listCanvasClients('v1')).toEqual([{ clientId: 7, userId: 'u1' }])
      const position = await store.appendCanvas('v1', updateOf(' four'), [{ clientId: 8, userId: 'u2' }])
      const log = await store.loadCanvas('v1')
      expect(log.position).toBe(position)
      expect(textOf(log)).toContain('four')
      expect(await store.listCanvasClients('v1')).toHaveLength(2)
    })
  })
}

async function restore(store: Store, records: readonly BackupRecord[]): Promise<void> {
  await store.beginRestore()
  for (const record of records) await store.writeRecords([record])
  await store.commitRestore()
}

function withKindsReversed(records: readonly BackupRecord[]): BackupRecord[] {
  return [...backupKinds].reverse().flatMap((kind) => records.filter((record) => record.kind === kind))
}

function identityOf({ kind, value }: BackupRecord): unknown {
  switch (kind) {
    case 'canvas':
    case 'checkpoint':
      return [kind, value.record.id]
    case 'meta':
      return [kind, value.key]
    case 'code':
    case 'member':
    case 'accuracy':
    case 'deleted-page':
      return [kind, value]
    default:
      return [kind, value.id]
  }
}

function updateOf(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

function textOf({ snapshot, updates }: Awaited<ReturnType<Store['loadCanvas']>>): string {
  const doc = new Y.Doc()
  for (const update of snapshot ? [snapshot, ...updates] : updates) Y.applyUpdate(doc, update)
  return doc.getText('t').toJSON()
}
