import * as z from 'zod'
import { splits } from '../../../shared/protocol/entities.ts'
import { recipes } from '../../../shared/raster/recipe.ts'
import type { Opinion, StoredDrawing } from '../records.ts'
import { packStrokes, unpackStrokes } from '../stroke-pack.ts'
import type { StoredDocument } from './collections.ts'
import { binary, bytesSchema, read } from './documents.ts'
import type { MongoContext } from './fence.ts'

/*
 * A drawing is one document: its strokes, its opinions, its place in the label log and the keys that answer it.
 */

const opinionSchema = z.object({
  classId: z.string().nullable(),
  userId: z.string(),
  at: z.number(),
  idempotencyKey: z.string(),
})
const drawingSchema = z.object({
  _id: z.string(),
  projectId: z.string(),
  canvasId: z.string(),
  pageId: z.string(),
  strokes: bytesSchema,
  contributorIds: z.array(z.string()),
  split: z.enum(splits),
  at: z.number(),
  withdrawn: z.boolean(),
  raster: z.object({ recipe: z.enum(recipes), version: z.number(), pixels: bytesSchema }).nullable(),
  opinions: z.array(opinionSchema),
  classId: z.string().nullable(),
  toSort: z.boolean(),
  seq: z.number(),
  firstSeq: z.number(),
  keys: z.array(z.string()),
})

/** A drawing with every idempotency key that answers it. */
export type KeyedDrawing = StoredDrawing & { readonly keys: readonly string[] }

export async function findDrawing(context: MongoContext, id: string): Promise<KeyedDrawing | null> {
  const document = await context.collection('drawings').findOne({ _id: id })
  return document && toDrawing(document)
}

export function toDrawing(document: unknown): KeyedDrawing {
  const { _id, strokes, ...drawing } = read(drawingSchema, document, 'drawing')
  return { id: _id, ...drawing, strokes: unpackStrokes(strokes) }
}

export function drawingDocument({ id, strokes, raster, ...drawing }: KeyedDrawing): StoredDocument {
  return {
    _id: id,
    ...drawing,
    strokes: binary(packStrokes(strokes)),
    raster: raster && { ...raster, pixels: binary(raster.pixels) },
  }
}

/** The drawing as the store answers it. */
export function stored(keyed: KeyedDrawing): StoredDrawing {
  const { id, projectId, canvasId, pageId, strokes, contributorIds, split, at, withdrawn, raster } = keyed
  const { opinions, classId, toSort, seq, firstSeq } = keyed
  const record = { id, projectId, canvasId, pageId, strokes, contributorIds, split, at, withdrawn, raster }
  return { ...record, opinions, classId, toSort, seq, firstSeq }
}

export function opinionPart({ classId, userId, at, idempotencyKey }: Opinion): Opinion {
  return { classId, userId, at, idempotencyKey }
}
