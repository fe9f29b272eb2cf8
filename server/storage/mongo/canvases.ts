import type { CanvasClient, CanvasRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import {
  canvasDocument,
  canvasKey,
  findCanvas,
  mergeClients,
  newestPosition,
  readLog,
  readLogClients,
  requireCanvas,
  toCanvas,
  type CanvasDocument,
} from './canvas-documents.ts'
import { readState, readStateClients, removeState, writeState, type CanvasState } from './canvas-states.ts'
import { binary, numbered, numberedFrom } from './documents.ts'
import { taken } from './errors.ts'
import type { MongoContext } from './fence.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { requireProject } from './project-documents.ts'
import type { Recent } from './recent.ts'
import { change, insertNew, put, remove } from './writes.ts'

type CanvasOperations = Pick<
  MongoOperations,
  | 'putCanvas'
  | 'getCanvas'
  | 'listCanvases'
  | 'loadCanvas'
  | 'appendCanvas'
  | 'snapshotCanvas'
  | 'resetCanvas'
  | 'listCanvasClients'
>

/** Times that the position of an update is looked up anew before the database is given up. */
const MOST_TRIES = 4

/** `positions`: the newest of each canvas, as far as they are known. */
export function canvasOperations(context: MongoContext, positions: Recent<number>): CanvasOperations {
  const alone = <T>(canvasId: string, task: () => Promise<T>): Promise<T> =>
    context.queue.run(canvasKey(canvasId), task)
  const positionOf = async (found: CanvasDocument): Promise<number> => {
    const position = positions.get(found.canvas.id) ?? (await newestPosition(context, found))
    positions.set(found.canvas.id, position)
    return position
  }
  return {
    putCanvas: (canvas) => alone(canvas.id, () => putCanvas(context, canvas)),
    getCanvas: async (id) => (await findCanvas(context, id))?.canvas ?? null,
    async listCanvases(projectId) {
      const documents = await context
        .collection('canvases')
        .find({ projectId })
        .sort({ createdAt: 1, _id: 1 })
        .toArray()
      return documents.map((document) => toCanvas(document).canvas)
    },

    loadCanvas: (canvasId) =>
      alone(canvasId, async () => {
        const found = await requireCanvas(context, canvasId)
        const after = found.state?.position ?? 0
        const [{ snapshot }, entries] = await Promise.all([
          readState(context, found),
          readLog(context, canvasId, after),
        ])
        const position = entries.at(-1)?.position ?? after
        positions.set(canvasId, position)
        return { snapshot, updates: entries.map(({ bytes }) => bytes), position }
      }),
    appendCanvas: (canvasId, update, clients) =>
      alone(canvasId, () => append(context, positions, canvasId, update, clients)),
    snapshotCanvas: (canvasId, snapshot, position) =>
      alone(canvasId, async () => {
        const found = await requireCanvas(context, canvasId)
        const least = found.state?.position ?? 0
        const newest = await positionOf(found)
        if (position < least || position > newest) {
          throw new StoreError(
            'conflict',
            `a snapshot of canvas ${canvasId} stands for positions ${String(least)} to ${String(newest)}, not ${String(position)}`,
          )
        }
        const clients = await clientsOf(context, found)
        await replace(context, found, position, { snapshot, clients })
      }),
    resetCanvas: (canvasId, snapshot) =>
      alone(canvasId, async () => {
        const found = await requireCanvas(context, canvasId)
        const position = (await positionOf(found)) + 1
        const generation = found.canvas.generation + 1
        await replace(context, found, position, { snapshot, clients: [] }, { generation })
        positions.set(canvasId, position)
        return { ...found.canvas, generation }
      }),
    listCanvasClients: (canvasId) =>
      alone(canvasId, async () => {
        const found = await findCanvas(context, canvasId)
        return found ? clientsOf(context, found) : []
      }),
  }
}

async function putCanvas(context: MongoContext, canvas: CanvasRecord): Promise<void> {
  await requireProject(context, canvas.projectId)
  const { generation, ownerId, name, openTo, deleted } = canvas
  await put(context, 'canvases', canvasDocument(canvas, null), { generation, ownerId, name, openTo, deleted })
}

async function append(
  context: MongoContext,
  positions: Recent<number>,
  canvasId: string,
  update: Uint8Array,
  clients: readonly CanvasClient[],
): Promise<number> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const newest =
      positions.get(canvasId) ?? (await newestPosition(context, await requireCanvas(context, canvasId)))
    const position = newest + 1
    // Whatever happens now, what is known of the place holds only once the update has it.
    positions.delete(canvasId)
    const _id = numbered(canvasId, position)
    if (await insertNew(context, 'canvas_log', { _id, bytes: binary(update), clients: [...clients] })) {
      positions.set(canvasId, position)
      return position
    }
    await refuseLater(context, _id)
  }
  throw new StoreError('unavailable', `canvas ${canvasId} changes faster than it can be written`)
}

/**
 * Somebody has the place: this server, with a write that it took for lost, or one before it; both leave the next place.
 * @throws StoreError `locked` where it is a later server
 */
async function refuseLater(context: MongoContext, id: string): Promise<void> {
  const standing = await context.collection('canvas_log').findOne({ _id: id }, { projection: { fence: 1 } })
  const fence = standing?.['fence']
  if (typeof fence === 'number' && fence > context.fence.number) throw taken(`canvas_log ${id}`)
}

async function clientsOf(context: MongoContext, found: CanvasDocument): Promise<CanvasClient[]> {
  const [before, since] = await Promise.all([
    readStateClients(context, found),
    readLogClients(context, found.canvas.id, found.state?.position ?? 0),
  ])
  return mergeClients(before, since)
}

/** The change of the canvas's document is the commit. */
async function replace(
  context: MongoContext,
  { canvas, state: before }: CanvasDocument,
  position: number,
  content: CanvasState,
  changes: { readonly generation?: number } = {},
): Promise<void> {
  const id = content.snapshot ? await writeState(context, canvas.id, content) : null
  const update = { $set: { ...changes, state: { id, position } } }
  await change(context, 'canvases', canvas.id, update)
  try {
    await remove(context, 'canvas_log', { _id: numberedFrom(canvas.id, 0, position) })
    if (typeof before?.id === 'string') await removeState(context, before.id)
  } catch {
    // What is replaced is not read any more; what stays goes with the next snapshot, or when the store is opened.
  }
}
