import { describe, expect, it } from 'vitest'
import type { DrawingFilter } from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'
import { testFolders, type StoreDriver } from './store-harness.ts'
import { aDrawing, anOpinion, fillStore } from './store-records.ts'

/** Drawings found by what they are. */
export function findingContract(driver: StoreDriver): void {
  describe('findings', () => {
    const newFolder = testFolders(driver)

    it('[FIND-1] drawings are found by class, author, split and mark, newest change first', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await fillMany(store)
      await store.addOpinion('d0', anOpinion('c2', 'moved'))
      await store.addOpinion('d6', anOpinion(null, 'none'))
      await store.withdrawDrawing('d4')
      const again = await folder.reopen()
      const all = ['d4', 'd6', 'd0', 'd9', 'd8', 'd7', 'd5', 'd3', 'd2', 'd1']
      for (const [filter, ids] of [
        [{}, all],
        [{ classId: 'c1' }, ['d4', 'd8', 'd2']],
        [{ classId: 'c2', userId: 'ann' }, ['d0', 'd9', 'd3']],
        [{ classId: null }, ['d6']],
        [{ userId: 'ben' }, ['d4', 'd0', 'd8', 'd7', 'd5', 'd2', 'd1']],
        [{ withdrawn: true }, ['d4']],
        [{ withdrawn: true, userId: 'ann' }, []],
        [{ withdrawn: false, classId: 'c1', userId: 'ben' }, ['d8', 'd2']],
        [{ split: 'test' }, ['d0', 'd5']],
        [{ split: 'test', userId: 'ben', classId: 'c2', withdrawn: false }, ['d0', 'd5']],
        [{ userId: 'nobody' }, []],
      ] satisfies [DrawingFilter, string[]][]) {
        const found = await again.findDrawings('p1', filter, null, 50)
        expect([filter, found.items.map(({ id }) => id)]).toEqual([filter, ids])
        expect(found.next).toBeNull()
      }
      expect((await again.findDrawings('p2', {}, null, 50)).items).toEqual([])
      const [newest] = (await again.findDrawings('p1', {}, null, 1)).items
      expect(newest).toEqual(await again.getDrawing('d4'))
    })

    it('[FIND-2] page by page each is found once, though some move on meanwhile', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await fillMany(store)
      const seen: string[] = []
      let before: number | null = null
      do {
        const page = await store.findDrawings('p1', { userId: 'ben' }, before, 3)
        seen.push(...page.items.map(({ id }) => id))
        before = page.next
        if (seen.length === 3) await store.withdrawDrawing('d1')
      } while (before !== null)
      expect(seen).toEqual(['d8', 'd7', 'd5', 'd4', 'd2', 'd0'])
      expect((await store.findDrawings('p1', { userId: 'ben' }, null, 6)).next).not.toBeNull()
      expect((await store.findDrawings('p1', { userId: 'ben' }, null, 7)).next).toBeNull()
    })
  })
}

/** d0 to d9: c1 and c2 in turn, by ann every third, by ben the others and d0 (both), d0 and d5 kept aside to test. */
async function fillMany(store: Store): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const id = `d${String(i)}`
    const contributorIds = i === 0 ? ['ann', 'ben'] : [i % 3 === 0 ? 'ann' : 'ben']
    const drawing = aDrawing({ id, pageId: id, contributorIds, split: i % 5 === 0 ? 'test' : 'train' })
    await store.addDrawing(drawing, anOpinion(i % 2 === 0 ? 'c1' : 'c2', id), id)
  }
}
