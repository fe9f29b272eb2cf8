import { describe, expect, it } from 'vitest'
import type { Store } from '../../server/storage/store.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aDrawing, anOpinion, fillStore } from './store-records.ts'

export function drawingContract(driver: StoreDriver): void {
  describe('drawings', () => {
    const newFolder = testFolders(driver)

    it('[STORE-14] a drawing comes back as it was given, with its opinion and its place', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      const opinion = anOpinion('c1', 'k1')
      const expected = {
        ...aDrawing(),
        opinions: [opinion],
        classId: 'c1',
        toSort: false,
        seq: 1,
        firstSeq: 1,
      }
      expect(await store.addDrawing(aDrawing(), opinion, 'k1')).toEqual(expected)
      const again = await folder.reopen()
      expect(await again.getDrawing('d1')).toEqual(expected)
      expect(await again.findDrawingByPage('v1', 'g1')).toEqual(expected)
      expect(await again.findDrawingByKey('p1', 'k1')).toEqual(expected)
      expect(await again.getDrawing('d2')).toBeNull()
      expect(await again.findDrawingByPage('v1', 'g2')).toBeNull()
      expect(await again.findDrawingByKey('p2', 'k1')).toBeNull()
    })

    it('[STORE-15] a key that is known changes nothing and answers the drawing it made', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const [first, repeated] = await Promise.all([
        store.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1'),
        store.addDrawing(aDrawing({ id: 'd2' }), anOpinion('c2', 'k1'), 'k1'),
      ])
      expect(repeated).toEqual(first)
      const relabelled = await store.addOpinion('d1', anOpinion('c2', 'k2', 3_000))
      expect(await store.addOpinion('d1', anOpinion('c1', 'k2', 4_000))).toEqual(relabelled)
      expect(await store.addOpinion('d1', anOpinion('c1', 'k1', 4_000))).toEqual(relabelled)
      expect(await store.getDrawing('d2')).toBeNull()
      expect((await store.countDrawings('p1')).byClass).toEqual({ c2: 1 })
    })

    it('[STORE-15] the same key in another project is another key', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      const project = await store.getProject('p1')
      if (!project) throw new Error('no project')
      const owner = { projectId: 'p2', userId: 'u1', role: 'owner', joinedAt: 1 } as const
      await store.createProject({ ...project, id: 'p2' }, [], owner, [])
      await store.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
      const other = await store.addDrawing(
        aDrawing({ id: 'd2', projectId: 'p2' }),
        anOpinion('x', 'k1'),
        'k1',
      )
      expect(other.id).toBe('d2')
      expect(other.seq).toBe(1)
    })

    it('[STORE-16] a drawing that exists, or of an unknown project, is refused and counts nothing', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
      await refusal(store.addDrawing(aDrawing(), anOpinion('c2', 'k2'), 'k2'), 'conflict')
      await refusal(store.addDrawing(aDrawing({ id: 'd3', projectId: 'p2' }), null, 'k3'), 'not-found')
      await refusal(store.addOpinion('d3', anOpinion('c1', 'k4')), 'not-found')
      await refusal(store.withdrawDrawing('d3'), 'not-found')
      expect(await store.findDrawingByKey('p1', 'k2')).toBeNull()
      expect(await store.countDrawings('p1')).toEqual({
        byClass: { c1: 1 },
        toSort: 0,
        keptAside: 0,
        total: 1,
      })
    })

    it('[STORE-17] the newest opinion decides; withdrawing and labelling again move the drawing on', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.addDrawing(aDrawing(), null, 'k1')
      expect(await store.getDrawing('d1')).toMatchObject({ classId: null, toSort: true, seq: 1 })
      expect(await store.addOpinion('d1', anOpinion('c1', 'k2'))).toMatchObject({
        classId: 'c1',
        toSort: false,
        seq: 2,
      })
      expect(await store.addOpinion('d1', anOpinion(null, 'k3'))).toMatchObject({
        classId: null,
        toSort: false,
        seq: 3,
      })
      expect(await store.withdrawDrawing('d1')).toMatchObject({ withdrawn: true, seq: 4 })
      expect(await store.withdrawDrawing('d1')).toMatchObject({ withdrawn: true, seq: 4 })
      const back = await store.addOpinion('d1', anOpinion('c2', 'k4'))
      expect(back).toMatchObject({ classId: 'c2', withdrawn: false, seq: 5 })
      expect(back.opinions.map((opinion) => opinion.classId)).toEqual(['c1', null, 'c2'])
    })

    it('[STORE-18] the label log lists every change after a position, page by page', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await addMany(store, 7)
      await store.addOpinion('d2', anOpinion('c2', 'again'))
      await store.withdrawDrawing('d4')
      const seen: [string, number][] = []
      let after: number | null = 0
      while (after !== null) {
        const page = await store.listDrawings('p1', after, 3)
        expect(page.items.length).toBeLessThanOrEqual(3)
        seen.push(...page.items.map(({ id, seq }): [string, number] => [id, seq]))
        after = page.next
      }
      expect(seen).toEqual([
        ['d0', 1],
        ['d1', 2],
        ['d3', 4],
        ['d5', 6],
        ['d6', 7],
        ['d2', 8],
        ['d4', 9],
      ])
      expect(await store.listDrawings('p1', 9, 3)).toEqual({ items: [], next: null })
    })

    it('[STORE-19] the To sort pile holds what has no opinion and is not withdrawn', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      for (const id of ['d1', 'd2', 'd3', 'd4'])
        await store.addDrawing(aDrawing({ id, pageId: id }), null, id)
      await store.addOpinion('d2', anOpinion(null, 'k2'))
      await store.withdrawDrawing('d3')
      const first = await store.listToSort('p1', 0, 1)
      expect(first.items.map(({ id }) => id)).toEqual(['d1'])
      const rest = await store.listToSort('p1', first.next ?? 0, 5)
      expect(rest.items.map(({ id }) => id)).toEqual(['d4'])
      expect(rest.next).toBeNull()
      expect((await store.countDrawings('p1')).toSort).toBe(2)
    })

    it('[STORE-20] samples are the newest accepted drawing of each class', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await addMany(store, 5)
      await store.addOpinion('d0', anOpinion('c1', 'again'))
      await store.withdrawDrawing('d3')
      await store.addDrawing(aDrawing({ id: 'x' }), null, 'x')
      const samples = await store.listSamples('p1')
      expect(samples.map(({ id, classId }) => [id, classId])).toEqual([
        ['d1', 'c2'],
        ['d0', 'c1'],
      ])
      expect(samples[0]?.strokes).toEqual(aDrawing().strokes)
    })

    it('[STORE-21] counts follow labels, relabels, withdrawals and splits', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await addMany(store, 6)
      await store.addDrawing(aDrawing({ id: 'v', split: 'validation' }), anOpinion('c1', 'v'), 'v')
      await store.addDrawing(aDrawing({ id: 't', split: 'test' }), anOpinion('c2', 't'), 't')
      await store.addDrawing(aDrawing({ id: 'n' }), anOpinion(null, 'n'), 'n')
      await store.addDrawing(aDrawing({ id: 's' }), null, 's')
      expect(await store.countDrawings('p1')).toEqual({
        byClass: { c1: 4, c2: 4 },
        toSort: 1,
        keptAside: 2,
        total: 8,
      })
      await store.addOpinion('d0', anOpinion('c2', 'm1'))
      await store.withdrawDrawing('t')
      await store.addOpinion('v', anOpinion(null, 'm2'))
      const again = await folder.reopen()
      expect(await again.countDrawings('p1')).toEqual({
        byClass: { c1: 2, c2: 4 },
        toSort: 1,
        keptAside: 0,
        total: 6,
      })
      expect(await again.countDrawings('p9')).toEqual({ byClass: {}, toSort: 0, keptAside: 0, total: 0 })
    })
  })
}

/** `count` drawings d0, d1, ... of classes c1 and c2 in turn. */
async function addMany(store: Store, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const id = `d${String(i)}`
    await store.addDrawing(aDrawing({ id, pageId: id }), anOpinion(i % 2 === 0 ? 'c1' : 'c2', id), id)
  }
}
