import * as Y from 'yjs'
import { backupKinds } from '../../server/backup/kinds.ts'
import type { BackupKind, BackupRecord } from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'
import {
  aCanvas,
  aCheckpoint,
  aClass,
  aCode,
  aDrawing,
  aMember,
  anOpinion,
  aPrediction,
  fillStore,
  patternBytes,
} from './store-records.ts'

/** Something of every kind. */
export async function fillEverything(store: Store): Promise<void> {
  await fillStore(store)
  await store.putMeta('session-secret', 'abc')
  await store.putUser({ id: 'u1', name: 'Mia', animal: 'owl', pen: 2, createdAt: 5 })
  await store.putMember(aMember({ userId: 'u2', role: 'editor' }))
  await store.putCode(aCode({ code: 'KLMNPQ', role: 'viewer' }))
  await store.putClass(aClass({ id: 'c3', name: 'cat', number: 1, removed: true }))
  const doc = new Y.Doc()
  const parts = ['one', ' two', ' three']
  for (const [i, part] of parts.entries()) {
    const known = Y.encodeStateVector(doc)
    doc.getText('t').insert(doc.getText('t').length, part)
    const clients = i === 0 ? [{ clientId: 7, userId: 'u1' }] : []
    const position = await store.appendCanvas('v1', Y.encodeStateAsUpdate(doc, known), clients)
    if (i === 1) await store.snapshotCanvas('v1', Y.encodeStateAsUpdate(doc), position)
  }
  await store.putCanvas(aCanvas({ id: 'v2', deleted: true, generation: 3 }))
  const raster = { recipe: 'mnist', version: 1, pixels: patternBytes(784, 3) } as const
  await store.addDrawing(aDrawing({ raster }), anOpinion('c1', 'first'), 'page')
  await store.addDrawing(aDrawing({ id: 'd2', pageId: 'g2', split: 'test' }), null, 'sort')
  await store.addOpinion('d1', anOpinion('c2', 'again', 3_000))
  await store.addDrawing(aDrawing({ id: 'd3', pageId: 'g3' }), anOpinion('c2', 'gone'), 'gone')
  await store.addDrawing(aDrawing({ id: 'd4', pageId: 'g4' }), anOpinion('c2', 'back'), 'back')
  await store.withdrawDrawing('d4')
  const note = { id: 'n1', projectId: 'p1', at: 9, byUserId: 'u1', userId: null, drawings: 0, firstSeq: 0 }
  await store.deleteDrawings('p1', ['d3'], { ...note, kind: 'drawing' })
  await store.addPredictions([aPrediction(1, { drawingId: 'd1' }), aPrediction(2)])
  await store.addAccuracy('p1', [{ at: 1, step: 2, share: 0.5, low: 0.4, high: 0.6, kind: 'prequential' }])
  for (const [i, id] of ['k2', 'k1'].entries()) {
    const blob = patternBytes(i === 0 ? 400_000 : 10, i)
    await store.putCheckpoint(aCheckpoint(id, blob, { pinned: i === 0, trainedTo: i }), blob)
  }
}

/** All records in the order in which they are backed up. */
export async function readAll(
  store: Store,
  limit = 100,
  between?: () => Promise<void>,
): Promise<BackupRecord[]> {
  const records: BackupRecord[] = []
  for (const kind of backupKinds) records.push(...(await readKind(store, kind, limit, between)))
  return records
}

async function readKind(
  store: Store,
  kind: BackupKind,
  limit: number,
  between?: () => Promise<void>,
): Promise<BackupRecord[]> {
  const records: BackupRecord[] = []
  for (let after: string | null = null; ;) {
    const page = await store.readRecords(kind, after, limit)
    records.push(...page.items)
    if (page.next === null) return records
    after = page.next
    await between?.()
  }
}

/** Without what a restore changes: generations, and what it remembers of them. In the order of their kinds. */
export function comparable(records: readonly BackupRecord[]): BackupRecord[] {
  return records
    .filter((record) => record.kind !== 'meta' || record.value.key === 'session-secret')
    .map((record) =>
      record.kind === 'canvas'
        ? { ...record, value: { ...record.value, record: { ...record.value.record, generation: 0 } } }
        : record,
    )
}
