import * as z from 'zod'
import type { CanvasClient, CanvasRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoredDocument } from './collections.ts'
import { bytesSchema, numberedFrom, read } from './documents.ts'
import type { MongoContext } from './fence.ts'

const canvasSchema = z.object({
  _id: z.string(),
  projectId: z.string(),
  generation: z.number(),
  ownerId: z.string().nullable(),
  name: z.string(),
  openTo: z.enum(['all', 'owner']),
  createdAt: z.number(),
  deleted: z.boolean(),
  state: z.object({ id: z.string().nullable(), position: z.number() }).nullable(),
})
export const clientsSchema = z.array(z.object({ clientId: z.number(), userId: z.string() }))
const entryClientsSchema = z.object({ clients: clientsSchema })
const entrySchema = z.object({ ...entryClientsSchema.shape, _id: z.string(), bytes: bytesSchema })

/** A canvas as it lies in the database. */
export interface CanvasDocument {
  readonly canvas: CanvasRecord
  /** What stands for the log up to a position, named by its id; null: the log begins at 1. */
  readonly state: { readonly id: string | null; readonly position: number } | null
}

/** An update of the log. */
export interface LogEntry {
  readonly position: number
  readonly bytes: Uint8Array
  readonly clients: readonly CanvasClient[]
}

export async function findCanvas(context: MongoContext, id: string): Promise<CanvasDocument | null> {
  const document = await context.collection('canvases').findOne({ _id: id })
  return document && toCanvas(document)
}

/** @throws StoreError `not-found` */
export async function requireCanvas(context: MongoContext, id: string): Promise<CanvasDocument> {
  const found = await findCanvas(context, id)
  if (!found) throw new StoreError('not-found', `no canvas ${id}`)
  return found
}

/** The updates after a position, in order. */
export async function readLog(context: MongoContext, canvasId: string, after: number): Promise<LogEntry[]> {
  const documents = await context
    .collection('canvas_log')
    .find({ _id: numberedFrom(canvasId, after + 1) })
    .sort({ _id: 1 })
    .toArray()
  return documents.map((document) => {
    const { _id, bytes, clients } = read(entrySchema, document, 'canvas update')
    return { position: positionOf(_id), bytes, clients }
  })
}

/** The clients of the updates after a position, in order. */
export async function readLogClients(
  context: MongoContext,
  canvasId: string,
  after: number,
): Promise<CanvasClient[]> {
  const documents = await context
    .collection('canvas_log')
    .find({ _id: numberedFrom(canvasId, after + 1) }, { projection: { clients: 1 } })
    .sort({ _id: 1 })
    .toArray()
  return documents.flatMap((document) => read(entryClientsSchema, document, 'canvas update').clients)
}

/** Position of the newest update, or of what stands for all of them. */
export async function newestPosition(
  context: MongoContext,
  { canvas, state }: CanvasDocument,
): Promise<number> {
  const after = state?.position ?? 0
  const [newest] = await context
    .collection('canvas_log')
    .find({ _id: numberedFrom(canvas.id, after + 1) }, { projection: { _id: 1 } })
    .sort({ _id: -1 })
    .limit(1)
    .toArray()
  return newest ? positionOf(newest._id) : after
}

export function toCanvas(document: unknown): CanvasDocument {
  const { _id, state, ...canvas } = read(canvasSchema, document, 'canvas')
  return { canvas: { id: _id, ...canvas }, state }
}

export function canvasDocument(
  { id, ...canvas }: CanvasRecord,
  state: CanvasDocument['state'],
): StoredDocument {
  return { _id: id, ...canvas, state }
}

/** Clients by id; one that was bound before keeps its person. */
export function mergeClients(...lists: readonly (readonly CanvasClient[])[]): CanvasClient[] {
  const people = new Map<number, string>()
  for (const { clientId, userId } of lists.flat()) if (!people.has(clientId)) people.set(clientId, userId)
  return [...people]
    .map(([clientId, userId]) => ({ clientId, userId }))
    .sort((a, b) => a.clientId - b.clientId)
}

/** The key of the queue in which a canvas's writes go one after another. */
export function canvasKey(canvasId: string): string {
  return `canvas:${canvasId}`
}

function positionOf(id: string): number {
  return Number(id.slice(id.lastIndexOf(':') + 1))
}
