import { bytesIn, mergedLog, MOST_BYTES, MOST_RECORDS } from '../record-pages.ts'
import type { BackupKind, BackupPage, BackupRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { canvasOperations, toCanvas } from './canvases.ts'
import { readBlob, toRecord } from './checkpoints.ts'
import { toClass } from './classes.ts'
import { toDeletion } from './deletions.ts'
import { toDrawing } from './drawing-rows.ts'
import { toPoint, toPrediction } from './history.ts'
import { toMember, toUser } from './people.ts'
import { toCode, toProject } from './projects.ts'
import { limited } from '../limited.ts'
import { numberOf, textOf, type Row, type Sql } from './sql.ts'

type Key = readonly (string | number)[]

/** What follows a key, with its own key. */
interface Found {
  readonly items: readonly BackupRecord[]
  readonly key: Key
  readonly bytes: number
}

interface Reading {
  /** Below all keys. */
  readonly start: Key
  readonly next: (sql: Sql, after: Key) => Found | null
}

export function backupOperations(sql: Sql): Pick<StoreOperations, 'readRecords'> {
  return {
    readRecords(kind, after, limit) {
      const reading = readings[kind]
      const most = limited(limit, MOST_RECORDS)
      const items: BackupRecord[] = []
      let key = after === null ? reading.start : keyOf(after, reading.start)
      for (let bytes = 0; items.length < most && bytes < MOST_BYTES;) {
        const found = reading.next(sql, key)
        if (!found) return { items, next: null } satisfies BackupPage
        items.push(...found.items)
        key = found.key
        bytes += found.bytes
      }
      return { items, next: JSON.stringify(key) }
    },
  }
}

const readings: Readonly<Record<BackupKind, Reading>> = {
  meta: byText('SELECT * FROM meta WHERE key > ? ORDER BY key LIMIT 1', 'key', (row) => [
    { kind: 'meta', value: { key: textOf(row, 'key'), value: textOf(row, 'value') } },
  ]),
  user: byText('SELECT * FROM users WHERE id > ? ORDER BY id LIMIT 1', 'id', (row) => [
    { kind: 'user', value: toUser(row) },
  ]),
  project: byText('SELECT * FROM projects WHERE id > ? ORDER BY id LIMIT 1', 'id', (row) => [
    { kind: 'project', value: toProject(row) },
  ]),
  class: byText(
    'SELECT project_id FROM classes WHERE project_id > ? ORDER BY project_id LIMIT 1',
    'project_id',
    (row, sql) =>
      sql
        .all('SELECT * FROM classes WHERE project_id = ? ORDER BY id', textOf(row, 'project_id'))
        .map((one) => ({ kind: 'class', value: toClass(one) })),
  ),
  code: byTexts(
    'SELECT * FROM codes WHERE (project_id, role) > (?, ?) ORDER BY project_id, role LIMIT 1',
    ['project_id', 'role'],
    (row) => ({ kind: 'code', value: toCode(row) }),
  ),
  member: byTexts(
    'SELECT * FROM members WHERE (project_id, user_id) > (?, ?) ORDER BY project_id, user_id LIMIT 1',
    ['project_id', 'user_id'],
    (row) => ({ kind: 'member', value: toMember(row) }),
  ),
  'deleted-page': byTexts(
    'SELECT * FROM deleted_pages WHERE (canvas_id, page_id) > (?, ?) ORDER BY canvas_id, page_id LIMIT 1',
    ['canvas_id', 'page_id'],
    (row) => ({
      kind: 'deleted-page',
      value: {
        canvasId: textOf(row, 'canvas_id'),
        pageId: textOf(row, 'page_id'),
        projectId: textOf(row, 'project_id'),
      },
    }),
  ),
  canvas: byText('SELECT * FROM canvases WHERE id > ? ORDER BY id LIMIT 1', 'id', (row, sql) => {
    const record = toCanvas(row)
    const { loadCanvas, listCanvasClients } = canvasOperations(sql)
    const { snapshot, updates } = loadCanvas(record.id)
    const log = mergedLog(record.id, snapshot ? [snapshot, ...updates] : updates)
    return [{ kind: 'canvas', value: { record, log, clients: listCanvasClients(record.id) } }]
  }),
  drawing: byText(
    `SELECT * FROM drawings JOIN drawing_strokes ON drawing_strokes.drawing_id = drawings.id
     WHERE id > ? ORDER BY id LIMIT 1`,
    'id',
    (row, sql) => {
      const drawing = toDrawing(sql, row)
      const keys = sql
        .all('SELECT key FROM drawing_keys WHERE drawing_id = ? ORDER BY key', drawing.id)
        .map((one) => textOf(one, 'key'))
      return [{ kind: 'drawing', value: { ...drawing, keys } }]
    },
  ),
  prediction: byNumber('SELECT * FROM predictions WHERE number > ? ORDER BY number LIMIT 1', (row) => [
    { kind: 'prediction', value: toPrediction(row) },
  ]),
  accuracy: byNumber('SELECT * FROM accuracy WHERE number > ? ORDER BY number LIMIT 1', (row) => [
    { kind: 'accuracy', value: { projectId: textOf(row, 'project_id'), point: toPoint(row) } },
  ]),
  deletion: byNumber('SELECT * FROM deletions WHERE number > ? ORDER BY number LIMIT 1', (row) => [
    { kind: 'deletion', value: toDeletion(row) },
  ]),
  checkpoint: byNumber('SELECT * FROM checkpoints WHERE number > ? ORDER BY number LIMIT 1', (row, sql) => {
    const record = toRecord(row)
    const blob = readBlob(sql, record)
    return blob ? [{ kind: 'checkpoint', value: { record, blob } }] : []
  }),
}

function byText(text: string, column: string, toItems: (row: Row, sql: Sql) => BackupRecord[]): Reading {
  return by(text, [''], toItems, (row) => [textOf(row, column)])
}

function byTexts(text: string, columns: readonly string[], toItem: (row: Row) => BackupRecord): Reading {
  return by(
    text,
    columns.map(() => ''),
    (row) => [toItem(row)],
    (row) => columns.map((column) => textOf(row, column)),
  )
}

function byNumber(text: string, toItems: (row: Row, sql: Sql) => BackupRecord[]): Reading {
  return by(text, [0], toItems, (row) => [numberOf(row, 'number')])
}

function by(
  text: string,
  start: Key,
  toItems: (row: Row, sql: Sql) => BackupRecord[],
  toKey: (row: Row) => Key,
): Reading {
  return {
    start,
    next(sql, after) {
      const row = sql.get(text, ...after)
      if (!row) return null
      const items = toItems(row, sql)
      return { items, key: toKey(row), bytes: items.reduce((sum, item) => sum + bytesIn(item), 0) }
    },
  }
}

/** @throws StoreError `conflict` for a text that is no key of this kind */
function keyOf(text: string, start: Key): Key {
  let key: unknown
  try {
    key = JSON.parse(text)
  } catch {
    key = null
  }
  if (isKey(key) && key.length === start.length && key.every((part, i) => typeof part === typeof start[i]))
    return key
  throw new StoreError('conflict', `'${text}' is no place to read on from`)
}

function isKey(value: unknown): value is Key {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number')
}
