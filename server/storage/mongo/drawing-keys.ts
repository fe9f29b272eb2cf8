import * as z from 'zod'
import type { DrawingRecord } from '../records.ts'
import type { StoredDocument } from './collections.ts'
import { read } from './documents.ts'
import { findDrawing, type KeyedDrawing } from './drawing-documents.ts'
import type { MongoContext } from './fence.ts'
import { change, insertMissing } from './writes.ts'

/*
 * Ways to a drawing by an `_id` alone, from an idempotency key and from a page. They are written before the drawing,
 * whose document says which keys and which page it has: a way to a drawing that never came to be leads nowhere.
 */

export const keySchema = z.object({ drawingId: z.string() })
export const pageSchema = z.object({
  canvasId: z.string(),
  pageId: z.string(),
  projectId: z.string(),
  drawingIds: z.array(z.string()),
  /** Its drawings were deleted. */
  deleted: z.boolean(),
})
export type PageDocument = z.infer<typeof pageSchema>

export function keyId(projectId: string, key: string): string {
  return `key:${projectId}:${key}`
}

export function pageDocumentId(canvasId: string, pageId: string): string {
  return `page:${canvasId}:${pageId}`
}

export function keyDocument(projectId: string, key: string, drawingId: string): StoredDocument {
  return { _id: keyId(projectId, key), projectId, drawingId }
}

export function pageDocument(page: PageDocument): StoredDocument {
  return { _id: pageDocumentId(page.canvasId, page.pageId), ...page }
}

export async function findByKey(
  context: MongoContext,
  projectId: string,
  key: string,
): Promise<KeyedDrawing | null> {
  const document = await context.collection('drawing_keys').findOne({ _id: keyId(projectId, key) })
  if (!document) return null
  const drawing = await findDrawing(context, read(keySchema, document, 'key of a drawing').drawingId)
  return drawing?.projectId === projectId && drawing.keys.includes(key) ? drawing : null
}

/** The drawing of a page that changed last. */
export async function findByPage(
  context: MongoContext,
  canvasId: string,
  pageId: string,
): Promise<KeyedDrawing | null> {
  const page = await findPage(context, canvasId, pageId)
  const drawings = await Promise.all((page?.drawingIds ?? []).map((id) => findDrawing(context, id)))
  return drawings
    .filter((drawing) => drawing?.canvasId === canvasId && drawing.pageId === pageId)
    .reduce((newest, drawing) => (drawing && (!newest || drawing.seq > newest.seq) ? drawing : newest), null)
}

export async function findPage(
  context: MongoContext,
  canvasId: string,
  pageId: string,
): Promise<PageDocument | null> {
  const _id = pageDocumentId(canvasId, pageId)
  const document = await context.collection('drawing_keys').findOne({ _id })
  return document && read(pageSchema, document, 'page of drawings')
}

/** What stood in the way of a new drawing. */
export interface Standing {
  /** A drawing that has one of the keys. */
  readonly known: KeyedDrawing | null
  readonly pageDeleted: boolean
}

/** Makes keys and page lead to a drawing that is to be written next; changes nothing where one of the keys is known. */
export async function leadTo(
  context: MongoContext,
  { id, projectId, canvasId, pageId }: DrawingRecord,
  keys: readonly string[],
): Promise<Standing> {
  const page = pageDocument({ canvasId, pageId, projectId, drawingIds: [id], deleted: false })
  const ways = [...keys.map((key) => keyDocument(projectId, key, id)), page]
  const there = new Set((await insertMissing(context, 'drawing_keys', ways)).map(({ _id }) => _id))
  for (const key of keys) {
    if (!there.has(keyId(projectId, key))) continue
    const known = await findByKey(context, projectId, key)
    if (known) return { known, pageDeleted: false }
    await change(context, 'drawing_keys', keyId(projectId, key), { $set: { drawingId: id } })
  }
  if (!there.has(page._id)) return { known: null, pageDeleted: false }
  const standing = await findPage(context, canvasId, pageId)
  if (standing?.deleted === true) return { known: null, pageDeleted: true }
  if (standing?.drawingIds.includes(id) !== true) {
    await change(context, 'drawing_keys', page._id, { $addToSet: { drawingIds: id } })
  }
  return { known: null, pageDeleted: false }
}

/** Makes a new key lead to a drawing that is there; answers another drawing that has the key. */
export async function leadKeyTo(
  context: MongoContext,
  { id, projectId }: KeyedDrawing,
  key: string,
): Promise<KeyedDrawing | null> {
  const there = await insertMissing(context, 'drawing_keys', [keyDocument(projectId, key, id)])
  if (there.length === 0) return null
  const known = await findByKey(context, projectId, key)
  if (!known) await change(context, 'drawing_keys', keyId(projectId, key), { $set: { drawingId: id } })
  return known
}
