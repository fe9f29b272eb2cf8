import type { AccuracyPoint } from '../../../shared/training/status.ts'
import type { PredictionRecord } from '../records.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { limited } from '../limited.ts'
import { jsonOf, numberOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'

type HistoryOperations = Pick<
  StoreOperations,
  'addPredictions' | 'listPredictions' | 'prunePredictions' | 'addAccuracy' | 'listAccuracy'
>

/** Newest rows a project keeps, in each of the two tables. */
export const HISTORY_KEPT = 20_000
/** Rows added, over all projects, between two prunings. */
const PRUNE_EVERY = 1_000
const MOST_LISTED = 5_000

export function historyOperations(sql: Sql): HistoryOperations {
  const pruneMany = pruner((projectId) =>
    sql.run(
      `DELETE FROM predictions WHERE project_id = ? AND number <=
         (SELECT number FROM predictions WHERE project_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      projectId,
      projectId,
      HISTORY_KEPT,
    ),
  )
  const pruneAccuracy = pruner((projectId) =>
    sql.run(
      `DELETE FROM accuracy WHERE project_id = ? AND number <=
         (SELECT number FROM accuracy WHERE project_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      projectId,
      projectId,
      HISTORY_KEPT,
    ),
  )
  return {
    addPredictions(records) {
      for (const record of records) {
        sql.run(
          `INSERT INTO predictions (id, project_id, at, prediction, class_ids, drawing_id) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO NOTHING`,
          record.id,
          record.projectId,
          record.at,
          JSON.stringify(record.prediction),
          JSON.stringify(record.classIds),
          record.drawingId,
        )
        pruneMany(record.projectId)
      }
    },
    listPredictions(projectId, before, limit) {
      const most = limited(limit, MOST_LISTED)
      const rows = sql.all(
        'SELECT * FROM predictions WHERE project_id = ? AND number < ? ORDER BY number DESC LIMIT ?',
        projectId,
        before ?? Number.MAX_SAFE_INTEGER,
        most + 1,
      )
      const last = rows[most - 1]
      return {
        items: rows.slice(0, most).map(toPrediction),
        next: rows.length > most && last ? numberOf(last, 'number') : null,
      }
    },
    prunePredictions: (projectId, before) =>
      sql.run('DELETE FROM predictions WHERE project_id = ? AND at < ?', projectId, before),

    addAccuracy(projectId, points) {
      for (const point of points) {
        sql.run(
          'INSERT INTO accuracy (project_id, at, step, share, low, high, kind) VALUES (?, ?, ?, ?, ?, ?, ?)',
          projectId,
          point.at,
          point.step,
          point.share,
          point.low,
          point.high,
          point.kind,
        )
        pruneAccuracy(projectId)
      }
    },
    listAccuracy: (projectId, limit) =>
      sql
        .all(
          'SELECT * FROM accuracy WHERE project_id = ? ORDER BY number DESC LIMIT ?',
          projectId,
          limited(limit, HISTORY_KEPT),
        )
        .map(toPoint)
        .reverse(),
  }
}

/** Counts rows added and, every PRUNE_EVERY of them, prunes the projects they belong to. */
function pruner(prune: (projectId: string) => void): (projectId: string) => void {
  const touched = new Set<string>()
  let added = 0
  return (projectId) => {
    touched.add(projectId)
    added++
    if (added < PRUNE_EVERY) return
    for (const id of touched) prune(id)
    touched.clear()
    added = 0
  }
}

export function toPrediction(row: Row): PredictionRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    at: numberOf(row, 'at'),
    prediction: jsonOf(row, 'prediction'),
    classIds: jsonOf(row, 'class_ids'),
    drawingId: textOrNull(row, 'drawing_id'),
  }
}

export function toPoint(row: Row): AccuracyPoint {
  return {
    at: numberOf(row, 'at'),
    step: numberOf(row, 'step'),
    share: numberOf(row, 'share'),
    low: numberOf(row, 'low'),
    high: numberOf(row, 'high'),
    kind: textOf(row, 'kind') as AccuracyPoint['kind'],
  }
}
