import type { BackupKind, BackupRecord, BackupValues } from '../records.ts'
import { StoreError } from '../store.ts'
import { canvasOperations } from './canvases.ts'
import { checkpointOperations } from './checkpoints.ts'
import { writeClass } from './classes.ts'
import { insertDeletion } from './deletions.ts'
import { moveCount } from './drawing-counts.ts'
import { placeOf } from './drawing-rows.ts'
import { appendOpinion, insertDrawing, writeKey } from './drawings.ts'
import { historyOperations } from './history.ts'
import { peopleOperations } from './people.ts'
import { insertProject, projectOperations } from './projects.ts'
import { numberOf, textOf, type Sql } from './sql.ts'

/** In `meta`: the generation that all canvases got from the newest restore. */
const GENERATION_KEY = 'canvas-generation'

type Writers = { readonly [K in BackupKind]: (value: BackupValues[K]) => void }

/** Writes records into a database that was made for them, whatever the order of their kinds. */
export function stagedWriter(sql: Sql): (record: BackupRecord) => void {
  const people = peopleOperations(sql)
  const projects = projectOperations(sql)
  const canvases = canvasOperations(sql)
  const history = historyOperations(sql)
  const checkpoints = checkpointOperations(sql)
  const writers: Writers = {
    meta: ({ key, value }) => void people.putMeta(key, value),
    user: (value) => people.putUser(value),
    project: (value) => insertProject(sql, value),
    code: (value) => projects.putCode(value),
    class: (value) => writeClass(sql, value),
    member: (value) => people.putMember(value),
    canvas({ record, log, clients }) {
      canvases.putCanvas(record)
      if (log) canvases.snapshotCanvas(record.id, log, 0)
      for (const { clientId, userId } of clients)
        sql.run(
          'INSERT INTO canvas_clients (canvas_id, client_id, user_id) VALUES (?, ?, ?)',
          record.id,
          clientId,
          userId,
        )
    },
    drawing({ keys, ...drawing }) {
      insertDrawing(sql, drawing)
      for (const opinion of drawing.opinions) appendOpinion(sql, drawing.projectId, drawing.id, opinion)
      for (const key of keys) writeKey(sql, drawing.projectId, key, drawing.id)
      moveCount(sql, null, placeOf(sql, drawing.id))
    },
    prediction: (value) => history.addPredictions([value]),
    accuracy: ({ projectId, point }) => history.addAccuracy(projectId, [point]),
    checkpoint: ({ record, blob }) => checkpoints.putCheckpoint(record, blob),
    deletion: (value) => insertDeletion(sql, value),
    'deleted-page': ({ canvasId, pageId, projectId }) =>
      void sql.run(
        'INSERT INTO deleted_pages (canvas_id, page_id, project_id) VALUES (?, ?, ?)',
        canvasId,
        pageId,
        projectId,
      ),
  }
  return (record) => write(writers, record.kind, record.value)
}

function write<K extends BackupKind>(writers: Writers, kind: K, value: BackupValues[K]): void {
  writers[kind](value)
}

/** The highest generation of a canvas that was ever in this database. */
export function highestGeneration(sql: Sql): number {
  const newest = sql.get('SELECT coalesce(max(generation), 0) AS generation FROM canvases')
  const restored = sql.get('SELECT value FROM meta WHERE key = ?', GENERATION_KEY)
  return Math.max(
    newest ? numberOf(newest, 'generation') : 0,
    restored ? Number(textOf(restored, 'value')) : 0,
  )
}

/**
 * Sets what follows from the records, and raises every canvas's generation above `seen` and its own.
 * @throws StoreError `corrupt` where a record belongs to one that is not there
 */
export function completeStaged(sql: Sql, seen: number): void {
  const [dangling] = sql.all('PRAGMA foreign_key_check')
  if (dangling)
    throw new StoreError(
      'corrupt',
      `a record of ${textOf(dangling, 'table')} belongs to one of ${textOf(dangling, 'parent')} that is missing`,
    )
  sql.run(
    `UPDATE projects SET drawing_seq = max(
       (SELECT coalesce(max(seq), 0) FROM drawings WHERE project_id = projects.id),
       (SELECT coalesce(max(trained_to), 0) FROM checkpoints WHERE project_id = projects.id),
       (SELECT coalesce(max(first_seq), 0) FROM deletions WHERE project_id = projects.id))`,
  )
  const generation = Math.max(seen, highestGeneration(sql)) + 1
  sql.run('UPDATE canvases SET generation = ?', generation)
  sql.run('DELETE FROM meta WHERE key = ?', GENERATION_KEY)
  sql.run('INSERT INTO meta (key, value) VALUES (?, ?)', GENERATION_KEY, String(generation))
}
