import { recipes } from '../../../shared/raster/recipe.ts'
import type { DrawingRaster, Opinion, StoredDrawing } from '../records.ts'
import { StoreError } from '../store.ts'
import { bytesOf, flagOf, jsonOf, numberOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'
import { unpackStrokes } from '../stroke-pack.ts'

/** The columns of a drawing that decide where it counts. */
export interface DrawingPlace {
  readonly projectId: string
  readonly classId: string | null
  readonly toSort: boolean
  readonly withdrawn: boolean
  readonly split: string
}

/** `row` holds the columns of the drawing and of its strokes. */
export function toDrawing(sql: Sql, row: Row): StoredDrawing {
  const id = textOf(row, 'id')
  return {
    id,
    projectId: textOf(row, 'project_id'),
    canvasId: textOf(row, 'canvas_id'),
    pageId: textOf(row, 'page_id'),
    strokes: unpackStrokes(bytesOf(row, 'bytes')),
    contributorIds: jsonOf(row, 'contributor_ids'),
    split: textOf(row, 'split') as StoredDrawing['split'],
    at: numberOf(row, 'at'),
    withdrawn: flagOf(row, 'withdrawn'),
    raster: rasterOf(row),
    opinions: readOpinions(sql, id),
    classId: textOrNull(row, 'class_id'),
    toSort: flagOf(row, 'to_sort'),
    seq: numberOf(row, 'seq'),
    firstSeq: numberOf(row, 'first_seq'),
  }
}

function rasterOf(row: Row): DrawingRaster | null {
  if (row['raster'] === null) return null
  const name = textOf(row, 'raster_recipe')
  const recipe = recipes.find((one) => one === name)
  if (!recipe) throw new StoreError('corrupt', `a drawing's raster was made with an unknown recipe ${name}`)
  return { recipe, version: numberOf(row, 'raster_version'), pixels: bytesOf(row, 'raster') }
}

export function findDrawing(sql: Sql, id: string): StoredDrawing | null {
  const row = sql.get(
    'SELECT * FROM drawings JOIN drawing_strokes ON drawing_strokes.drawing_id = drawings.id WHERE id = ?',
    id,
  )
  return row && toDrawing(sql, row)
}

/** @throws StoreError `not-found` for an unknown drawing. */
export function placeOf(sql: Sql, id: string): DrawingPlace {
  const row = sql.get('SELECT project_id, class_id, to_sort, withdrawn, split FROM drawings WHERE id = ?', id)
  if (!row) throw new StoreError('not-found', `no drawing ${id}`)
  return {
    projectId: textOf(row, 'project_id'),
    classId: textOrNull(row, 'class_id'),
    toSort: flagOf(row, 'to_sort'),
    withdrawn: flagOf(row, 'withdrawn'),
    split: textOf(row, 'split'),
  }
}

function readOpinions(sql: Sql, drawingId: string): Opinion[] {
  return sql.all('SELECT * FROM opinions WHERE drawing_id = ? ORDER BY number', drawingId).map((row) => ({
    classId: textOrNull(row, 'class_id'),
    userId: textOf(row, 'user_id'),
    at: numberOf(row, 'at'),
    idempotencyKey: textOf(row, 'key'),
  }))
}
