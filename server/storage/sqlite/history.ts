import type { AccuracyPoint } from '../../../shared/training/status.ts'
import type { PredictionRecord } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { jsonOf, limited, numberOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'

type HistoryOperations = Pick<
  StoreOperations,
  'addPredictions' | 'listPredictions' | 'addAccuracy' | 'listAccuracy'
>

/** Newest rows a project keeps, in each of the two tables. */
export const HISTORY_KEPT = 20_000
/** Rows added, over all projects, between two prunings. */
const PRUNE_EVERY = 1_000
const MOST_LISTED = 5_000

export function historyOperations(sql: Sql): HistoryOperations {
  const prunePredictions = pruner((projectId) =>
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
          'INSERT INTO predictions (project_id, at, prediction, class_ids, drawing_id) VALUES (?, ?, ?, ?, ?)',
          record.projectId,
          record.at,
          JSON.stringify(record.prediction),
          JSON.stringify(record.classIds),
          record.drawingId,
        )
        prunePredictions(record.projectId)
      }
    },
    listPredictions(projectId, after, limit) {
      const most = limited(limit, MOST_LISTED)
      const rows = sql.all(
        'SELECT * FROM predictions WHERE project_id = ? ORDER BY number DESC LIMIT ? OFFSET ?',
        projectId,
        most + 1,
        Math.max(0, after),
      )
      return {
        items: rows.slice(0, most).map(toPrediction),
        next: rows.length > most ? Math.max(0, after) + most : null,
      }
    },

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

function toPrediction(row: Row): PredictionRecord {
  return {
    projectId: textOf(row, 'project_id'),
    at: numberOf(row, 'at'),
    prediction: jsonOf(row, 'prediction'),
    classIds: jsonOf(row, 'class_ids'),
    drawingId: textOrNull(row, 'drawing_id'),
  }
}

function toPoint(row: Row): AccuracyPoint {
  return {
    at: numberOf(row, 'at'),
    step: numberOf(row, 'step'),
    share: numberOf(row, 'share'),
    low: numberOf(row, 'low'),
    high: numberOf(row, 'high'),
    kind: textOf(row, 'kind') as AccuracyPoint['kind'],
  }
}
