import * as Y from 'yjs'
import { pageIdOf, pagesOf, strokesOf } from '../../../shared/canvas/schema.ts'
import type { StoredDrawing } from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import { strokeOf } from '../converge/journal.ts'
import type { Findings } from './findings.ts'
import type { Ledger } from './ledger.ts'

const PAGE = 500

/**
 * Compares a store that no server has open with what was acknowledged. `settled`: a server has been stopped in order, so
 * that no page may be left whose drawing stands.
 */
export async function auditStore(
  store: Store,
  ledger: Ledger,
  projectId: string,
  findings: Findings,
  settled: boolean,
): Promise<void> {
  const drawings = await allDrawings(store, projectId)
  const standing = drawings.filter(({ withdrawn }) => !withdrawn)
  const stored = new Set(drawings.flatMap(({ strokes }) => strokes.map(({ id }) => strokeOf(id))))
  const drawn = new Set(standing.flatMap(({ strokes }) => strokes.map(({ id }) => strokeOf(id))))
  const pages = standing.map(({ canvasId, pageId }) => `${canvasId}/${pageId}`)
  for (const page of doubles(pages)) findings.other(`page ${page} is stored as more than one drawing`)
  for (const id of doubles(standing.flatMap(({ strokes }) => strokes.map((stroke) => stroke.id))))
    findings.other(`stroke ${id} is in more than one drawing`)
  await auditLabels(store, ledger, projectId, findings, drawings)
  const onPages = new Set<string>()
  for (const canvasId of ledger.canvasIds) {
    const doc = await readCanvas(store, canvasId, findings)
    if (!doc) continue
    const ids = strokesOn(doc)
    for (const id of doubles(ids)) findings.other(`stroke ${id} is on more than one page`)
    for (const id of ids) {
      if (settled && drawn.has(id)) findings.other(`stroke ${id} is on a page and in a drawing that stands`)
      onPages.add(id)
    }
  }
  // A page that came back lies behind the current one, where only the newest pages are kept; its drawing is.
  const asked = [...ledger.labels.values()].filter(({ withdrawal }) => withdrawal !== 'none')
  const backIds = new Set(asked.map(({ drawingId }) => drawingId))
  const back = drawings.filter(({ id, withdrawn }) => withdrawn && backIds.has(id))
  const takenBack = new Set(back.flatMap(({ strokes }) => strokes.map(({ id }) => strokeOf(id))))
  for (const { id, acknowledged } of ledger.strokes.values()) {
    if (!acknowledged || onPages.has(id) || drawn.has(id)) continue
    if (ledger.mayBeDeleted(id) || takenBack.has(id)) continue
    const where = stored.has(id) ? 'lies in a drawing that was taken back alone' : 'is nowhere'
    findings.stroke(id, `${where}; ${ledger.storyOf(id)}`)
  }
  for (const id of ledger.projectIds)
    if (!(await store.getProject(id))) findings.other(`project ${id} was made and is gone`)
  await auditCheckpoints(store, ledger, projectId, findings)
}

async function auditLabels(
  store: Store,
  ledger: Ledger,
  projectId: string,
  findings: Findings,
  drawings: readonly StoredDrawing[],
): Promise<void> {
  const notes = [...ledger.labels.values()]
  const deletedPages = new Set(
    notes.flatMap(({ request, deletion }) => (deletion === 'none' ? [] : request.pageId)),
  )
  // A page that was taken back and is labelled anew is the same drawing, of the newer class.
  const classesOf = (pageId: string): string[] =>
    notes.filter(({ request }) => request.pageId === pageId).map(({ request }) => request.classId)
  const byId = new Map(drawings.map((drawing) => [drawing.id, drawing]))
  for (const [key, { request, drawingId, withdrawal, deletion }] of ledger.labels) {
    if (drawingId === null) continue
    const drawing = byId.get(drawingId)
    const found = await store.findDrawingByKey(projectId, key)
    if (deletion === 'acknowledged' && (drawing || found))
      findings.other(`drawing ${drawingId} was deleted and is there`)
    // The earlier drawings of a page go with the one that is deleted.
    if (deletedPages.has(request.pageId) && !drawing && !found) continue
    if (!drawing || found?.id !== drawingId)
      findings.label(key, `is drawing ${found?.id ?? 'none'}, not ${drawingId}`)
    else if (!classesOf(request.pageId).includes(drawing.classId ?? ''))
      findings.label(key, `is of class ${String(drawing.classId)}, not ${request.classId}`)
    else if (drawing.strokes.length === 0) findings.label(key, 'has no strokes')
    else if (withdrawal === 'none' && drawing.withdrawn) findings.label(key, 'is taken back')
    else if (withdrawal === 'acknowledged' && !drawing.withdrawn && classesOf(request.pageId).length === 1)
      findings.other(`drawing ${drawingId} was taken back and stands`)
  }
}

async function auditCheckpoints(
  store: Store,
  ledger: Ledger,
  projectId: string,
  findings: Findings,
): Promise<void> {
  const kept = await store.listCheckpoints(projectId)
  const step = kept[0]?.step ?? 0
  for (const id of ledger.pinned)
    if (!kept.some((record) => record.id === id && record.pinned))
      findings.other(`checkpoint ${id} was pinned and is not kept`)
  for (const { id } of kept)
    await store
      .readCheckpoint(id)
      .catch((error: unknown) => findings.other(`checkpoint ${id} cannot be read: ${String(error)}`))
  if (step < ledger.checkpointedStep)
    findings.other(
      `a checkpoint of step ${String(ledger.checkpointedStep)} was answered; the newest is of step ${String(step)}`,
    )
}

async function readCanvas(store: Store, canvasId: string, findings: Findings): Promise<Y.Doc | null> {
  try {
    const doc = new Y.Doc()
    const { snapshot, updates } = await store.loadCanvas(canvasId)
    if (snapshot) Y.applyUpdate(doc, snapshot)
    for (const update of updates) Y.applyUpdate(doc, update)
    if (doc.store.pendingStructs === null && doc.store.pendingDs === null) return doc
    findings.unread(canvasId, 'it waits for updates that are not stored')
  } catch (error) {
    findings.unread(canvasId, String(error))
  }
  return null
}

/** Ids of the strokes on all pages, in order. */
export function strokesOn(doc: Y.Doc): string[] {
  const ids: string[] = []
  for (const page of pagesOf(doc)) {
    if (pageIdOf(page) === '') continue
    for (const key of strokesOf(page)?.keys() ?? []) if (key === strokeOf(key)) ids.push(key)
  }
  return ids
}

async function allDrawings(store: Store, projectId: string): Promise<StoredDrawing[]> {
  const drawings: StoredDrawing[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: Awaited<ReturnType<Store['listDrawings']>> = await store.listDrawings(projectId, after, PAGE)
    drawings.push(...page.items)
    after = page.next
  }
  return drawings
}

function doubles(ids: readonly string[]): Set<string> {
  const seen = new Set<string>()
  return new Set(ids.filter((id) => seen.size === seen.add(id).size))
}
