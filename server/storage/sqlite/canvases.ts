import type { CanvasRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import { bytesOf, flagOf, numberOf, textOf, textOrNull, type Row, type Sql } from './sql.ts'

type CanvasOperations = Pick<
  StoreOperations,
  | 'putCanvas'
  | 'getCanvas'
  | 'listCanvases'
  | 'loadCanvas'
  | 'appendCanvas'
  | 'snapshotCanvas'
  | 'listCanvasClients'
  | 'resetCanvas'
>

export function canvasOperations(sql: Sql): CanvasOperations {
  return {
    putCanvas: (canvas) => writeCanvas(sql, canvas),
    getCanvas(id) {
      const row = sql.get('SELECT * FROM canvases WHERE id = ?', id)
      return row && toCanvas(row)
    },
    listCanvases: (projectId) =>
      sql.all('SELECT * FROM canvases WHERE project_id = ? ORDER BY created_at, id', projectId).map(toCanvas),

    loadCanvas(canvasId) {
      const position = positionOf(sql, canvasId)
      const snapshot = sql.get('SELECT bytes FROM canvas_snapshots WHERE canvas_id = ?', canvasId)
      const updates = sql.all(
        'SELECT bytes FROM canvas_updates WHERE canvas_id = ? ORDER BY position',
        canvasId,
      )
      return {
        snapshot: snapshot && bytesOf(snapshot, 'bytes'),
        updates: updates.map((row) => bytesOf(row, 'bytes')),
        position,
      }
    },
    appendCanvas(canvasId, update, clients) {
      const position = positionOf(sql, canvasId) + 1
      sql.run(
        'INSERT INTO canvas_updates (canvas_id, position, bytes) VALUES (?, ?, ?)',
        canvasId,
        position,
        update,
      )
      sql.run('UPDATE canvases SET position = ? WHERE id = ?', position, canvasId)
      for (const { clientId, userId } of clients) {
        sql.run(
          'INSERT INTO canvas_clients (canvas_id, client_id, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          canvasId,
          clientId,
          userId,
        )
      }
      return position
    },
    snapshotCanvas(canvasId, snapshot, position) {
      const newest = positionOf(sql, canvasId)
      const last = sql.get('SELECT position FROM canvas_snapshots WHERE canvas_id = ?', canvasId)
      const least = last ? numberOf(last, 'position') : 0
      if (position < least || position > newest) {
        throw new StoreError(
          'conflict',
          `a snapshot of canvas ${canvasId} stands for positions ${String(least)} to ${String(newest)}, not ${String(position)}`,
        )
      }
      sql.run(
        `INSERT INTO canvas_snapshots (canvas_id, position, bytes) VALUES (?, ?, ?)
         ON CONFLICT (canvas_id) DO UPDATE SET position = excluded.position, bytes = excluded.bytes`,
        canvasId,
        position,
        snapshot,
      )
      sql.run('DELETE FROM canvas_updates WHERE canvas_id = ? AND position <= ?', canvasId, position)
    },
    listCanvasClients: (canvasId) =>
      sql
        .all('SELECT client_id, user_id FROM canvas_clients WHERE canvas_id = ? ORDER BY client_id', canvasId)
        .map((row) => ({ clientId: numberOf(row, 'client_id'), userId: textOf(row, 'user_id') })),
    resetCanvas(canvasId, snapshot) {
      const position = positionOf(sql, canvasId) + 1
      sql.run('DELETE FROM canvas_updates WHERE canvas_id = ?', canvasId)
      sql.run('DELETE FROM canvas_snapshots WHERE canvas_id = ?', canvasId)
      sql.run('DELETE FROM canvas_clients WHERE canvas_id = ?', canvasId)
      if (snapshot) {
        sql.run(
          'INSERT INTO canvas_snapshots (canvas_id, position, bytes) VALUES (?, ?, ?)',
          canvasId,
          position,
          snapshot,
        )
      }
      sql.run(
        'UPDATE canvases SET generation = generation + 1, position = ? WHERE id = ?',
        position,
        canvasId,
      )
      return storedCanvas(sql, canvasId)
    },
  }
}

function writeCanvas(sql: Sql, canvas: CanvasRecord): void {
  sql.run(
    `INSERT INTO canvases (id, project_id, generation, owner_id, name, open_to, created_at, deleted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, owner_id = excluded.owner_id,
       name = excluded.name, open_to = excluded.open_to, deleted = excluded.deleted`,
    canvas.id,
    canvas.projectId,
    canvas.generation,
    canvas.ownerId,
    canvas.name,
    canvas.openTo,
    canvas.createdAt,
    Number(canvas.deleted),
  )
}

/** @throws StoreError `not-found` for an unknown canvas. */
function storedCanvas(sql: Sql, canvasId: string): CanvasRecord {
  const row = sql.get('SELECT * FROM canvases WHERE id = ?', canvasId)
  if (!row) throw new StoreError('not-found', `no canvas ${canvasId}`)
  return toCanvas(row)
}

/** @throws StoreError `not-found` for an unknown canvas. */
function positionOf(sql: Sql, canvasId: string): number {
  const row = sql.get('SELECT position FROM canvases WHERE id = ?', canvasId)
  if (!row) throw new StoreError('not-found', `no canvas ${canvasId}`)
  return numberOf(row, 'position')
}

export function toCanvas(row: Row): CanvasRecord {
  return {
    id: textOf(row, 'id'),
    projectId: textOf(row, 'project_id'),
    generation: numberOf(row, 'generation'),
    ownerId: textOrNull(row, 'owner_id'),
    name: textOf(row, 'name'),
    openTo: textOf(row, 'open_to') as CanvasRecord['openTo'],
    createdAt: numberOf(row, 'created_at'),
    deleted: flagOf(row, 'deleted'),
  }
}
