import { newId } from '../../../shared/ids/id.ts'
import * as z from 'zod'
import type { CanvasClient } from '../records.ts'
import { StoreError } from '../store.ts'
import { readBlob, removeBlob, writeBlob } from './blobs.ts'
import { clientsSchema, type CanvasDocument } from './canvas-documents.ts'
import { binary, bytesSchema, read } from './documents.ts'
import type { MongoContext } from './fence.ts'
import { insert, remove } from './writes.ts'

/*
 * What stands for a canvas's log up to a position. A state is written once, under an id of its own, before the canvas
 * names it; what nothing names any more is removed.
 */

/** A larger snapshot is a file. */
const MOST_INLINE_BYTES = 256 * 1024

const stateFileSchema = z.object({ fileId: z.string().nullable() })
const stateClientsSchema = z.object({ clients: clientsSchema })
const stateSchema = z.object({
  ...stateFileSchema.shape,
  ...stateClientsSchema.shape,
  snapshot: bytesSchema.nullable(),
})

export interface CanvasState {
  readonly snapshot: Uint8Array | null
  readonly clients: readonly CanvasClient[]
}

/** Answers the id of the state, which nothing names yet. */
export async function writeState(
  context: MongoContext,
  canvasId: string,
  { snapshot, clients }: CanvasState,
): Promise<string> {
  const isLarge = snapshot !== null && snapshot.byteLength > MOST_INLINE_BYTES
  const fileId = isLarge ? await writeBlob(context, 'snapshot_blobs', snapshot) : null
  const inline = snapshot && !isLarge ? binary(snapshot) : null
  const _id = `${canvasId}:${newId()}`
  await insert(context, 'canvas_states', { _id, canvasId, snapshot: inline, fileId, clients })
  return _id
}

/** @throws StoreError `corrupt` where the snapshot that the canvas names is not there */
export async function readState(
  context: MongoContext,
  { canvas, state }: CanvasDocument,
): Promise<CanvasState> {
  if (typeof state?.id !== 'string') return { snapshot: null, clients: [] }
  const document = await context.collection('canvas_states').findOne({ _id: state.id })
  if (!document) throw missing(canvas.id)
  const { snapshot, fileId, clients } = read(stateSchema, document, 'canvas snapshot')
  if (fileId === null) return { snapshot, clients }
  const bytes = await readBlob(context, 'snapshot_blobs', fileId)
  if (!bytes) throw missing(canvas.id)
  return { snapshot: bytes, clients }
}

/** As `readState`, without the snapshot. */
export async function readStateClients(
  context: MongoContext,
  { canvas, state }: CanvasDocument,
): Promise<readonly CanvasClient[]> {
  if (typeof state?.id !== 'string') return []
  const projection = { clients: 1 }
  const document = await context.collection('canvas_states').findOne({ _id: state.id }, { projection })
  if (!document) throw missing(canvas.id)
  return read(stateClientsSchema, document, 'canvas snapshot').clients
}

/** Removes a state that no canvas names any more. */
export async function removeState(context: MongoContext, id: string): Promise<void> {
  const projection = { fileId: 1 }
  const document = await context.collection('canvas_states').findOne({ _id: id }, { projection })
  if (!document) return
  const { fileId } = read(stateFileSchema, document, 'canvas snapshot')
  if (fileId !== null) await removeBlob(context, 'snapshot_blobs', fileId)
  await remove(context, 'canvas_states', { _id: id })
}

/** Removes all states of a canvas that is no more. */
export async function removeStates(context: MongoContext, canvasId: string): Promise<void> {
  const projection = { _id: 1 }
  const documents = await context.collection('canvas_states').find({ canvasId }, { projection }).toArray()
  for (const { _id } of documents) await removeState(context, _id)
}

function missing(canvasId: string): StoreError {
  return new StoreError('corrupt', `the snapshot of canvas ${canvasId} is not in the database`)
}
