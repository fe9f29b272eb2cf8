import type { DrawingRecord, Opinion, Page, StoredDrawing } from '../records.ts'
import { StoreError } from '../store.ts'
import { moveCount, readCounts } from './drawing-counts.ts'
import { isDeletedPage } from './deletions.ts'
import { findDrawing, placeOf, toDrawing } from './drawing-rows.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { limited } from '../limited.ts'
import { numberOf, textOf, type Row, type Sql } from './sql.ts'
import { packStrokes } from '../stroke-pack.ts'

type DrawingOperations = Pick<
  StoreOperations,
  | 'addDrawing'
  | 'findDrawingByKey'
  | 'addOpinion'
  | 'withdrawDrawing'
  | 'findDrawingByPage'
  | 'getDrawing'
  | 'listDrawings'
  | 'listToSort'
  | 'listSamples'
  | 'countDrawings'
>

const MOST_LISTED = 5_000
const SELECT = 'SELECT * FROM drawings JOIN drawing_strokes ON drawing_strokes.drawing_id = drawings.id'

export function drawingOperations(sql: Sql): DrawingOperations {
  return {
    addDrawing(drawing, opinion, idempotencyKey) {
      const known =
        findByKey(sql, drawing.projectId, idempotencyKey) ??
        (opinion && findByKey(sql, drawing.projectId, opinion.idempotencyKey))
      if (known) return known
      refuseDeleted(sql, drawing)
      const seq = nextSeq(sql, drawing.projectId)
      const toSort = opinion === null
      insertDrawing(sql, { ...drawing, classId: opinion?.classId ?? null, toSort, seq, firstSeq: seq })
      writeKey(sql, drawing.projectId, idempotencyKey, drawing.id)
      if (opinion) appendOpinion(sql, drawing.projectId, drawing.id, opinion)
      moveCount(sql, null, placeOf(sql, drawing.id))
      return stored(sql, drawing.id)
    },
    findDrawingByKey: (projectId, idempotencyKey) => findByKey(sql, projectId, idempotencyKey),
    addOpinion(drawingId, opinion) {
      const before = placeOf(sql, drawingId)
      const known = findByKey(sql, before.projectId, opinion.idempotencyKey)
      if (known) return known
      appendOpinion(sql, before.projectId, drawingId, opinion)
      sql.run(
        'UPDATE drawings SET class_id = ?, to_sort = 0, withdrawn = 0, seq = ? WHERE id = ?',
        opinion.classId,
        nextSeq(sql, before.projectId),
        drawingId,
      )
      moveCount(sql, before, placeOf(sql, drawingId))
      return stored(sql, drawingId)
    },
    withdrawDrawing(drawingId) {
      const before = placeOf(sql, drawingId)
      if (!before.withdrawn) {
        const seq = nextSeq(sql, before.projectId)
        sql.run('UPDATE drawings SET withdrawn = 1, seq = ? WHERE id = ?', seq, drawingId)
        moveCount(sql, before, placeOf(sql, drawingId))
      }
      return stored(sql, drawingId)
    },
    findDrawingByPage(canvasId, pageId) {
      const row = sql.get(
        `${SELECT} WHERE canvas_id = ? AND page_id = ? ORDER BY seq DESC LIMIT 1`,
        canvasId,
        pageId,
      )
      return row && toDrawing(sql, row)
    },
    getDrawing: (id) => findDrawing(sql, id),
    listDrawings: (projectId, after, limit) =>
      page(sql, limit, (most) =>
        sql.all(`${SELECT} WHERE project_id = ? AND seq > ? ORDER BY seq LIMIT ?`, projectId, after, most),
      ),
    listToSort: (projectId, after, limit) =>
      page(sql, limit, (most) =>
        sql.all(
          `${SELECT} WHERE project_id = ? AND seq > ? AND withdrawn = 0 AND to_sort = 1 ORDER BY seq LIMIT ?`,
          projectId,
          after,
          most,
        ),
      ),
    listSamples: (projectId) =>
      sql
        .all(
          `${SELECT} WHERE project_id = ? AND seq IN (
             SELECT max(seq) FROM drawings
             WHERE project_id = ? AND withdrawn = 0 AND class_id IS NOT NULL GROUP BY class_id
           ) ORDER BY seq`,
          projectId,
          projectId,
        )
        .map((row) => toDrawing(sql, row)),
    countDrawings: (projectId) => readCounts(sql, projectId),
  }
}

/** Without its opinions and keys. */
export function insertDrawing(sql: Sql, drawing: Omit<StoredDrawing, 'opinions'>): void {
  if (sql.get('SELECT 1 FROM drawings WHERE id = ?', drawing.id)) {
    throw new StoreError('conflict', `there is a drawing ${drawing.id} already`)
  }
  sql.run(
    `INSERT INTO drawings (id, project_id, canvas_id, page_id, contributor_ids, split, at, withdrawn, class_id, to_sort, seq, first_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    drawing.id,
    drawing.projectId,
    drawing.canvasId,
    drawing.pageId,
    JSON.stringify(drawing.contributorIds),
    drawing.split,
    drawing.at,
    Number(drawing.withdrawn),
    drawing.classId,
    Number(drawing.toSort),
    drawing.seq,
    drawing.firstSeq,
  )
  const { raster } = drawing
  sql.run(
    'INSERT INTO drawing_strokes (drawing_id, bytes, raster, raster_recipe, raster_version) VALUES (?, ?, ?, ?, ?)',
    drawing.id,
    packStrokes(drawing.strokes),
    raster?.pixels ?? null,
    raster?.recipe ?? null,
    raster?.version ?? null,
  )
}

function refuseDeleted(sql: Sql, { canvasId, pageId }: DrawingRecord): void {
  if (!isDeletedPage(sql, canvasId, pageId)) return
  throw new StoreError('conflict', `the drawing of page ${pageId} was deleted`)
}

export function appendOpinion(sql: Sql, projectId: string, drawingId: string, opinion: Opinion): void {
  sql.run(
    `INSERT INTO opinions (drawing_id, number, class_id, user_id, at, key)
     SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM opinions WHERE drawing_id = ?`,
    drawingId,
    opinion.classId,
    opinion.userId,
    opinion.at,
    opinion.idempotencyKey,
    drawingId,
  )
  writeKey(sql, projectId, opinion.idempotencyKey, drawingId)
}

export function writeKey(sql: Sql, projectId: string, key: string, drawingId: string): void {
  sql.run(
    'INSERT INTO drawing_keys (project_id, key, drawing_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    projectId,
    key,
    drawingId,
  )
}

function findByKey(sql: Sql, projectId: string, key: string): StoredDrawing | null {
  const row = sql.get('SELECT drawing_id FROM drawing_keys WHERE project_id = ? AND key = ?', projectId, key)
  return row && findDrawing(sql, textOf(row, 'drawing_id'))
}

/** @throws StoreError `not-found` for an unknown project. */
function nextSeq(sql: Sql, projectId: string): number {
  sql.run('UPDATE projects SET drawing_seq = drawing_seq + 1 WHERE id = ?', projectId)
  const row = sql.get('SELECT drawing_seq FROM projects WHERE id = ?', projectId)
  if (!row) throw new StoreError('not-found', `no project ${projectId}`)
  return numberOf(row, 'drawing_seq')
}

function stored(sql: Sql, id: string): StoredDrawing {
  const drawing = findDrawing(sql, id)
  if (!drawing) throw new StoreError('not-found', `no drawing ${id}`)
  return drawing
}

function page(sql: Sql, limit: number, select: (most: number) => Row[]): Page<StoredDrawing> {
  const most = limited(limit, MOST_LISTED)
  const rows = select(most + 1)
  const items = rows.slice(0, most).map((row) => toDrawing(sql, row))
  return { items, next: rows.length > most ? (items.at(-1)?.seq ?? null) : null }
}
