import { describe, expect, it } from 'vitest'
import type { DeletionRecord } from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import {
  aCanvas,
  aCheckpoint,
  aCode,
  aDrawing,
  aMember,
  anOpinion,
  aPrediction,
  aProject,
  fillStore,
  patternBytes,
} from './store-records.ts'

const note: DeletionRecord = {
  id: 'n1',
  projectId: 'p1',
  at: 9_000,
  byUserId: 'u1',
  kind: 'drawing',
  userId: null,
  drawings: 0,
  firstSeq: 0,
}

/** Drawings that are deleted, and canvases and projects with all that is theirs. */
export function deletionContract(driver: StoreDriver): void {
  describe('deletions', () => {
    const newFolder = testFolders(driver)

    it('[DELETE-1] a deleted drawing leaves nothing behind but a note that counts it', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await addDrawings(store, ['d1', 'd2', 'd3'])
      await store.addOpinion('d2', anOpinion('c2', 'again'))
      await store.addPredictions([
        aPrediction(1, { drawingId: 'd2' }),
        aPrediction(2, { prediction: { ...aPrediction(2).prediction, pageId: 'd2' } }),
        aPrediction(3, { drawingId: 'd3' }),
      ])
      expect(await store.deleteDrawings('p1', ['d2', 'd9'], note)).toEqual(['d2'])
      const again = await folder.reopen()
      expect(await again.getDrawing('d2')).toBeNull()
      expect(await again.findDrawingByPage('v1', 'd2')).toBeNull()
      expect(await again.findDrawingByKey('p1', 'd2')).toBeNull()
      expect(await again.findDrawingByKey('p1', 'again')).toBeNull()
      expect((await again.listDrawings('p1', 0, 10)).items.map(({ id }) => id)).toEqual(['d1', 'd3'])
      expect((await again.findDrawings('p1', { userId: 'u2' }, null, 10)).items.map(({ id }) => id)).toEqual([
        'd3',
        'd1',
      ])
      expect((await again.listPredictions('p1', null, 10)).items.map(({ id }) => id)).toEqual(['h3'])
      expect(await again.countDrawings('p1')).toEqual({
        byClass: { c1: 2 },
        toSort: 0,
        keptAside: 0,
        total: 2,
      })
      // The first place, though an opinion moved the drawing on: what was learned then is learned.
      expect(await again.listDeletions('p1')).toEqual([{ ...note, drawings: 1, firstSeq: 2 }])
      expect(await again.listDeletions('p2')).toEqual([])
    })

    it('[DELETE-2] nothing of a deleted page is stored again, under no key', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await addDrawings(store, ['d1'])
      await store.deleteDrawings('p1', ['d1'], note)
      const again = await folder.reopen()
      const retried = aDrawing({ id: 'd1', pageId: 'd1' })
      await refusal(again.addDrawing(retried, anOpinion('c1', 'd1'), 'd1'), 'conflict')
      await refusal(again.addDrawing({ ...retried, id: 'd7' }, null, 'other'), 'conflict')
      expect(await again.findDeletedPages('v1', ['g1', 'd1', 'd2'])).toEqual(['d1'])
      expect(await again.findDeletedPages('v2', ['d1'])).toEqual([])
      expect((await again.addDrawing(aDrawing({ id: 'd2' }), null, 'k2')).seq).toBeGreaterThan(1)
    })

    it('[DELETE-3] earlier drawings of the same page go with it', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await store.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
      await store.withdrawDrawing('d1')
      await store.addDrawing(aDrawing({ id: 'd2' }), anOpinion('c1', 'k2'), 'k2')
      expect((await store.deleteDrawings('p1', ['d2'], note)).sort()).toEqual(['d1', 'd2'])
      expect(await store.getDrawing('d1')).toBeNull()
      expect(await store.listDeletions('p1')).toEqual([{ ...note, drawings: 2, firstSeq: 1 }])
    })

    it('[DELETE-4] a note goes on counting; one of another project deletes nothing here', async () => {
      const store = await newFolder().open()
      await fillStore(store)
      await addDrawings(store, ['d1', 'd2', 'd3'])
      expect(await store.deleteDrawings('p2', ['d1'], { ...note, projectId: 'p2' })).toEqual([])
      const person: DeletionRecord = { ...note, kind: 'person', userId: 'u2' }
      await store.deleteDrawings('p1', ['d3'], person)
      await store.deleteDrawings('p1', ['d2'], person)
      expect(await store.deleteDrawings('p1', ['d2'], { ...note, id: 'n2' })).toEqual([])
      await store.deleteDrawings('p1', ['d1'], { ...note, id: 'n3', at: 9_500 })
      expect(await store.listDeletions('p1')).toEqual([
        { ...note, id: 'n3', at: 9_500, drawings: 1, firstSeq: 1 },
        { ...person, drawings: 2, firstSeq: 2 },
      ])
    })

    it('[DELETE-5] a canvas that is reset holds its snapshot alone, in a new generation', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await store.appendCanvas('v1', patternBytes(50, 1), [{ clientId: 7, userId: 'u1' }])
      await store.snapshotCanvas('v1', patternBytes(60, 2), 1)
      await store.appendCanvas('v1', patternBytes(50, 3), [])
      const record = await store.resetCanvas('v1', patternBytes(9, 4))
      expect(record).toEqual(aCanvas({ generation: 2 }))
      const again = await folder.reopen()
      const { snapshot, updates, position } = await again.loadCanvas('v1')
      expect([snapshot, updates]).toEqual([patternBytes(9, 4), []])
      expect(await again.getCanvas('v1')).toEqual(record)
      expect(await again.listCanvasClients('v1')).toEqual([])
      expect(await again.appendCanvas('v1', patternBytes(5, 5), [])).toBe(position + 1)
      expect((await again.resetCanvas('v1', null)).generation).toBe(3)
      expect(await again.loadCanvas('v1')).toMatchObject({ snapshot: null, updates: [] })
      await refusal(again.resetCanvas('v9', null), 'not-found')
    })

    it('[DELETE-6] a deleted project is gone with all that was its, and others stand', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      await store.createProject(aProject({ id: 'p2' }), [], aMember({ projectId: 'p2' }), [
        aCode({ projectId: 'p2', code: 'HJKMNP' }),
      ])
      await store.putCanvas(aCanvas({ id: 'v2', projectId: 'p2' }))
      await addDrawings(store, ['d1', 'd2'])
      await store.addDrawing(
        aDrawing({ id: 'e1', projectId: 'p2', canvasId: 'v2' }),
        anOpinion('x', 'd1'),
        'd1',
      )
      await store.deleteDrawings('p1', ['d1'], note)
      await store.appendCanvas('v1', patternBytes(50, 1), [{ clientId: 7, userId: 'u1' }])
      await store.snapshotCanvas('v1', patternBytes(60, 2), 1)
      await store.appendCanvas('v2', patternBytes(50, 1), [])
      await store.addPredictions([aPrediction(1), aPrediction(2, { projectId: 'p2' })])
      const point = { at: 1, step: 1, share: 0.5, low: 0, high: 1, kind: 'test' } as const
      await store.addAccuracy('p1', [point])
      const blob = patternBytes(100, 1)
      await store.putCheckpoint(aCheckpoint('k1', blob), blob)
      await store.putCheckpoint(aCheckpoint('k2', blob, { projectId: 'p2' }), blob)
      await store.deleteProject('p1')
      await store.deleteProject('p9')
      const again = await folder.reopen()
      expect(await again.getProject('p1')).toBeNull()
      expect((await again.listProjectsOf('u1', 9)).map(({ project }) => project.id)).toEqual(['p2'])
      expect(await again.findCode('ACDEFG')).toBeNull()
      expect(await again.listMembers('p1')).toEqual([])
      expect(await again.listClasses('p1')).toEqual([])
      expect(await again.listCanvases('p1')).toEqual([])
      expect(await again.getCanvas('v1')).toBeNull()
      await refusal(again.loadCanvas('v1'), 'not-found')
      await refusal(again.appendCanvas('v1', patternBytes(5, 1), []), 'not-found')
      expect(await again.getDrawing('d2')).toBeNull()
      expect(await again.countDrawings('p1')).toMatchObject({ byClass: {}, total: 0 })
      expect((await again.listPredictions('p1', null, 9)).items).toEqual([])
      expect(await again.listAccuracy('p1', 9)).toEqual([])
      expect(await again.listCheckpoints('p1')).toEqual([])
      expect(await again.listDeletions('p1')).toEqual([])
      expect((await again.getDrawing('e1'))?.projectId).toBe('p2')
      expect(await again.findDrawingByKey('p2', 'd1')).not.toBeNull()
      expect((await again.loadCanvas('v2')).updates).toHaveLength(1)
      expect((await again.listPredictions('p2', null, 9)).items).toHaveLength(1)
      expect((await again.readCheckpoint('k2')).blob).toEqual(blob)
      await refusal(again.addDrawing(aDrawing({ id: 'd5' }), null, 'k5'), 'not-found')
    })
  })
}

async function addDrawings(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.addDrawing(aDrawing({ id, pageId: id }), anOpinion('c1', id), id)
}
