import type { DeletionRecord } from '../records.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { moveCount } from './drawing-counts.ts'
import { placeOf } from './drawing-rows.ts'
import { numberOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'

type DeletionOperations = Pick<StoreOperations, 'deleteDrawings' | 'findDeletedPages' | 'listDeletions'>

const MOST_LISTED = 200

export function deletionOperations(sql: Sql): DeletionOperations {
  return {
    deleteDrawings(projectId, ids, note) {
      const gone = withTheirPages(sql, projectId, ids)
      if (gone.size === 0) return []
      const firstSeq = Math.min(...gone.values())
      for (const id of gone.keys()) deleteDrawing(sql, id)
      insertDeletion(sql, { ...note, projectId, drawings: gone.size, firstSeq })
      return [...gone.keys()]
    },
    findDeletedPages: (canvasId, pageIds) => pageIds.filter((pageId) => isDeletedPage(sql, canvasId, pageId)),
    listDeletions: (projectId) =>
      sql
        .all(
          'SELECT * FROM deletions WHERE project_id = ? ORDER BY number DESC LIMIT ?',
          projectId,
          MOST_LISTED,
        )
        .map(toDeletion),
  }
}

/** A note that is there already counts these drawings in as well. */
export function insertDeletion(sql: Sql, note: DeletionRecord): void {
  sql.run(
    `INSERT INTO deletions (id, project_id, at, by_user_id, kind, user_id, drawings, first_seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET drawings = drawings + excluded.drawings,
       first_seq = min(first_seq, excluded.first_seq)`,
    note.id,
    note.projectId,
    note.at,
    note.byUserId,
    note.kind,
    note.userId,
    note.drawings,
    note.firstSeq,
  )
}

export function isDeletedPage(sql: Sql, canvasId: string, pageId: string): boolean {
  return sql.get('SELECT 1 FROM deleted_pages WHERE canvas_id = ? AND page_id = ?', canvasId, pageId) !== null
}

/** Deletes a project and all rows that hang on it, those that refer to others first. */
export function deleteProject(sql: Sql, projectId: string): void {
  const ofDrawings = 'drawing_id IN (SELECT id FROM drawings WHERE project_id = ?)'
  const ofCanvases = 'canvas_id IN (SELECT id FROM canvases WHERE project_id = ?)'
  for (const text of [
    'DELETE FROM predictions WHERE project_id = ?',
    'DELETE FROM accuracy WHERE project_id = ?',
    'DELETE FROM checkpoint_chunks WHERE checkpoint_id IN (SELECT id FROM checkpoints WHERE project_id = ?)',
    'DELETE FROM checkpoints WHERE project_id = ?',
    'DELETE FROM deletions WHERE project_id = ?',
    'DELETE FROM deleted_pages WHERE project_id = ?',
    `DELETE FROM opinions WHERE ${ofDrawings}`,
    'DELETE FROM drawing_keys WHERE project_id = ?',
    `DELETE FROM drawing_strokes WHERE ${ofDrawings}`,
    'DELETE FROM drawings WHERE project_id = ?',
    'DELETE FROM drawing_counts WHERE project_id = ?',
    `DELETE FROM canvas_updates WHERE ${ofCanvases}`,
    `DELETE FROM canvas_snapshots WHERE ${ofCanvases}`,
    `DELETE FROM canvas_clients WHERE ${ofCanvases}`,
    'DELETE FROM canvases WHERE project_id = ?',
    'DELETE FROM classes WHERE project_id = ?',
    'DELETE FROM members WHERE project_id = ?',
    'DELETE FROM codes WHERE project_id = ?',
    'DELETE FROM projects WHERE id = ?',
  ]) {
    sql.run(text, projectId)
  }
}

/** First places in the label log by id: of the drawings among `ids`, and of all others of their pages. */
function withTheirPages(sql: Sql, projectId: string, ids: readonly string[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const id of ids) {
    const row = sql.get(
      'SELECT canvas_id, page_id FROM drawings WHERE id = ? AND project_id = ?',
      id,
      projectId,
    )
    if (!row) continue
    const siblings = sql.all(
      'SELECT id, first_seq FROM drawings WHERE canvas_id = ? AND page_id = ? AND project_id = ?',
      textOf(row, 'canvas_id'),
      textOf(row, 'page_id'),
      projectId,
    )
    for (const sibling of siblings) found.set(textOf(sibling, 'id'), numberOf(sibling, 'first_seq'))
  }
  return found
}

function deleteDrawing(sql: Sql, id: string): void {
  moveCount(sql, placeOf(sql, id), null)
  sql.run(
    `INSERT INTO deleted_pages (canvas_id, page_id, project_id)
     SELECT canvas_id, page_id, project_id FROM drawings WHERE id = ? ON CONFLICT DO NOTHING`,
    id,
  )
  sql.run('DELETE FROM predictions WHERE drawing_id = ?', id)
  sql.run(
    `DELETE FROM predictions WHERE (project_id, json_extract(prediction, '$.pageId')) =
       (SELECT project_id, page_id FROM drawings WHERE id = ?)`,
    id,
  )
  sql.run('DELETE FROM opinions WHERE drawing_id = ?', id)
  sql.run('DELETE FROM drawing_keys WHERE drawing_id = ?', id)
  sql.run('DELETE FROM drawing_strokes WHERE drawing_id = ?', id)
  sql.run('DELETE FROM drawings WHERE id = ?', id)
}

export function toDeletion(row: Row): DeletionRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    at: numberOf(row, 'at'),
    byUserId: textOf(row, 'by_user_id'),
    kind: textOf(row, 'kind') === 'person' ? 'person' : 'drawing',
    userId: textOrNull(row, 'user_id'),
    drawings: numberOf(row, 'drawings'),
    firstSeq: numberOf(row, 'first_seq'),
  }
}
