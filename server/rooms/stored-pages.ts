import type * as Y from 'yjs'
import { strokeIdOf } from '../../shared/canvas/amend.ts'
import { strokeIdOfPiece } from '../../shared/canvas/pieces.ts'
import {
  carryStroke,
  currentPage,
  findPage,
  pageIdOf,
  pagesOf,
  strokesOf,
} from '../../shared/canvas/schema.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { DrawingRecord, StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { CanvasDocument } from '../sync/canvas-document.ts'
import type { Lease } from '../sync/documents.ts'
import type { Canvases, LiveCanvas } from './canvases.ts'
import { bringPageBack, dropStoredPage } from './page-rules.ts'

/** The key under which the work on a page is queued: one label, withdrawal or removal at a time. */
export function pageKey(canvasId: string, pageId: string): string {
  return `${canvasId}/${pageId}`
}

/** Whether somebody drew of it, or labelled it first. */
export function isMine(
  { contributorIds, opinions }: Pick<StoredDrawing, 'contributorIds' | 'opinions'>,
  userId: string,
): boolean {
  return contributorIds.includes(userId) || opinions[0]?.userId === userId
}

/** @throws AppError `unknown-drawing`, also for one of another project */
export async function drawingOf(
  store: Pick<Store, 'getDrawing'>,
  projectId: string,
  drawingId: string,
): Promise<StoredDrawing> {
  const drawing = await store.getDrawing(drawingId)
  if (drawing?.projectId === projectId) return drawing
  throw new AppError('unknown-drawing', `There is no drawing ${drawingId} in this room`)
}

/**
 * Brings the page of a stored drawing back to its canvas and stores it there.
 * @throws AppError `unavailable` when it could not be stored
 */
export async function returnPage(
  canvases: Canvases,
  { canvasId, pageId, strokes }: Pick<StoredDrawing, 'canvasId' | 'pageId' | 'strokes'>,
): Promise<void> {
  if (!canvases.find(canvasId)) return
  const lease = await canvases.use(canvasId)
  try {
    const drawn = new Map(strokes.map(({ id, bytes }) => [id, bytes]))
    lease.document.edit((doc) => bringPageBack(doc, pageId, drawn))
    if (await lease.document.saves.flush()) return
    throw new AppError('unavailable', 'The page could not be stored', { cause: lease.document.saves.error })
  } finally {
    lease.release()
  }
}

/**
 * To be called with the cut of a page; answers how to drop the page once the cut is stored. What was drawn on it
 * meanwhile goes on to the page that follows. `stored`: ids of the strokes that are stored, all of them by default.
 */
export function cutOff(
  { document, canvas }: Pick<Lease, 'document'> & { readonly canvas: LiveCanvas },
  pageId: string,
  stored?: ReadonlySet<string>,
): () => void {
  const cut = stored ?? strokeIdsOn(document.doc, pageId)
  return () =>
    document.edit((doc) => {
      const page = findPage(doc, pageId)
      const strokes = page && strokesOf(page)
      const late = keysOn(doc, pageId).filter((key) => !cut.has(strokeIdOf(key)))
      const values = late.map((key) => [key, strokes?.get(key)] as const)
      const drawers = document.drawersOf(pageId)
      dropStoredPage(doc, pageId, canvas.held.untidied)
      const current = currentPage(doc)
      const next = current && strokesOf(current)
      for (const [key, value] of values) {
        if (value === undefined) continue
        next?.set(key, value)
        document.attribute(key, drawers.get(key))
      }
    })
}

/** The strokes that a page has, or has amendments of; none where there is no such page. */
export function strokeIdsOn(doc: Y.Doc, pageId: string): Set<string> {
  return new Set(keysOn(doc, pageId).map(strokeIdOf))
}

function keysOn(doc: Y.Doc, pageId: string): string[] {
  const page = findPage(doc, pageId)
  return [...((page && strokesOf(page))?.keys() ?? [])]
}

/**
 * Brings strokes back to a page that have come to lie on another one since; `isBusy` tells of pages that a command works
 * on, whose strokes stay there.
 */
export function gatherStrokes(
  document: CanvasDocument,
  pageId: string,
  strokeIds: readonly string[],
  isBusy: (pageId: string) => boolean,
): void {
  const page = findPage(document.doc, pageId)
  const strokes = page && strokesOf(page)
  if (!page || !strokes) return
  const missing = strokeIds.filter((strokeId) => !strokes.has(strokeId))
  for (const strokeId of missing) {
    const from = pagesOf(document.doc)
      .toArray()
      .find((one) => strokesOf(one)?.has(strokeId) === true)
    if (!from || isBusy(pageIdOf(from))) continue
    const drawer = document.drawersOf(pageIdOf(from)).get(strokeId)
    document.edit(() => carryStroke(from, page, strokeId))
    document.attribute(strokeId, drawer)
  }
}

/** The strokes that a drawing was made of; of some of them it has pieces. */
export function strokesHeld({ strokes }: Pick<DrawingRecord, 'strokes'>): Set<string> {
  return new Set(strokes.flatMap(({ id }) => [id, strokeIdOfPiece(id)]))
}

export function sameStrokes(a: Pick<DrawingRecord, 'strokes'>, b: Pick<DrawingRecord, 'strokes'>): boolean {
  return a.strokes.length === b.strokes.length && a.strokes.every(({ id }, i) => id === b.strokes[i]?.id)
}
