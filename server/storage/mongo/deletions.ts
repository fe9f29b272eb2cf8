import * as z from 'zod'
import type { DeletionRecord } from '../records.ts'
import { read } from './documents.ts'
import { toDrawing, type KeyedDrawing } from './drawing-documents.ts'
import { findPage, keyId, pageDocument, pageDocumentId } from './drawing-keys.ts'
import type { MongoContext } from './fence.ts'
import type { LabelLogs } from './label-log.ts'
import type { Numbers } from './numbers.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { findProject, projectKey } from './project-documents.ts'
import { change, insert, insertNew, remove } from './writes.ts'

/*
 * The note is the commit: it names what is to go until all of it is gone, so that a deletion that was cut off is
 * finished when the store is opened.
 */

const MOST_LISTED = 200
/** Documents taken up at once. */
const BATCH = 500

const pageSchema = z.object({ canvasId: z.string(), pageId: z.string() })
const noteSchema = z.object({
  _id: z.string(),
  projectId: z.string(),
  number: z.number(),
  at: z.number(),
  byUserId: z.string(),
  kind: z.enum(['drawing', 'person']),
  userId: z.string().nullable(),
  drawings: z.number(),
  firstSeq: z.number(),
  /** What is still to go; null once it is gone. */
  left: z
    .object({ drawingIds: z.array(z.string()), pages: z.array(pageSchema), newestSeq: z.number() })
    .nullable(),
})
type Left = NonNullable<z.infer<typeof noteSchema>['left']>

export interface NoteDocument {
  readonly note: DeletionRecord
  readonly number: number
  readonly left: Left | null
}

export function deletionOperations(
  context: MongoContext,
  logs: LabelLogs,
  numbers: Numbers,
): Pick<MongoOperations, 'deleteDrawings' | 'findDeletedPages' | 'listDeletions'> {
  return {
    deleteDrawings: (projectId, ids, note) =>
      context.queue.run(projectKey(projectId), async () => {
        // A call that was rejected after its note was written has answered nobody which drawings went.
        const before = await finishDeletions(context, { projectId })
        if (before.length > 0) logs.forget(projectId)
        const gone = await withTheirPages(context, projectId, ids)
        if (gone.length === 0) return before
        const left: Left = {
          drawingIds: gone.map(({ id }) => id),
          pages: pagesOf(gone),
          newestSeq: (await logs.next(projectId)) - 1,
        }
        const firstSeq = Math.min(...gone.map((drawing) => drawing.firstSeq))
        await commit(context, numbers, { ...note, projectId, drawings: gone.length, firstSeq }, left)
        logs.forget(projectId)
        await finishDeletion(context, { noteId: note.id, projectId, left })
        return [...before, ...left.drawingIds]
      }),
    async findDeletedPages(canvasId, pageIds) {
      const pages = await Promise.all(pageIds.map((pageId) => findPage(context, canvasId, pageId)))
      return pages.flatMap((page) => (page?.deleted === true ? [page.pageId] : []))
    },
    async listDeletions(projectId) {
      const documents = await context
        .collection('deletions')
        .find({ projectId })
        .sort({ number: -1 })
        .limit(MOST_LISTED)
        .toArray()
      return documents.map((document) => toNote(document).note)
    },
  }
}

export function toNote(document: unknown): NoteDocument {
  const { _id, number, left, ...note } = read(noteSchema, document, 'note of a deletion')
  return { note: { id: _id, ...note }, number, left }
}

/** Finishes the deletions that were cut off; answers the ids of their drawings. */
export async function finishDeletions(
  context: MongoContext,
  filter: { readonly projectId?: string },
): Promise<string[]> {
  const documents = await context
    .collection('deletions')
    .find({ ...filter, 'left.newestSeq': { $exists: true } })
    .toArray()
  const gone: string[] = []
  for (const { note, left } of documents.map(toNote)) {
    if (!left) continue
    await finishDeletion(context, { noteId: note.id, projectId: note.projectId, left })
    gone.push(...left.drawingIds)
  }
  return gone
}

/**
 * Removes what a note that stands names, the drawings last: as long as one is found, asking again finishes it. Can be
 * repeated; whatever of it is gone already stays gone.
 */
async function finishDeletion(
  context: MongoContext,
  { noteId, projectId, left }: { readonly noteId: string; readonly projectId: string; readonly left: Left },
): Promise<void> {
  // The newest places must not be given away again: a model trained to them would never learn what gets them.
  const { newestSeq } = left
  if (await findProject(context, projectId)) {
    await change(context, 'projects', projectId, { $max: { seqFloor: newestSeq } })
  }
  for (const page of left.pages) {
    const document = pageDocument({ ...page, projectId, drawingIds: [], deleted: true })
    if (!(await insertNew(context, 'drawing_keys', document)))
      await change(context, 'drawing_keys', document._id, { $set: { drawingIds: [], deleted: true } })
  }
  for (const pages of batches(left.pages)) {
    const pageIds = pages.map(({ pageId }) => pageId)
    await remove(context, 'predictions', { projectId, 'prediction.pageId': { $in: pageIds } })
  }
  for (const ids of batches(left.drawingIds)) {
    await remove(context, 'predictions', { drawingId: { $in: ids } })
  }
  for (const ids of batches(left.drawingIds)) {
    const drawings = await readDrawings(context, ids)
    const keys = drawings.flatMap((drawing) => drawing.keys.map((key) => keyId(projectId, key)))
    for (const some of batches(keys)) await remove(context, 'drawing_keys', { _id: { $in: some } })
    await remove(context, 'drawings', { _id: { $in: ids } })
  }
  // Nothing is left to do; a mark that could not be set is set by whoever looks next.
  await change(context, 'deletions', noteId, { $set: { left: null } }).catch(() => undefined)
}

/** Writes the note, or counts these drawings into the one that is there, of which nothing is left to do. */
async function commit(
  context: MongoContext,
  numbers: Numbers,
  note: DeletionRecord,
  left: Left,
): Promise<void> {
  const { id, ...fields } = note
  const standing = await findNote(context, id)
  if (standing) {
    const drawings = standing.note.drawings + note.drawings
    const firstSeq = Math.min(standing.note.firstSeq, note.firstSeq)
    await change(context, 'deletions', id, { $set: { drawings, firstSeq, left } })
    return
  }
  await numbers.add(note.projectId, async (number) => {
    await insert(context, 'deletions', { _id: id, ...fields, number, left })
    return number
  })
}

async function findNote(context: MongoContext, id: string): Promise<NoteDocument | null> {
  const document = await context.collection('deletions').findOne({ _id: id })
  return document && toNote(document)
}

/** The drawings among `ids`, and all others of their pages. */
async function withTheirPages(
  context: MongoContext,
  projectId: string,
  ids: readonly string[],
): Promise<KeyedDrawing[]> {
  const found = new Map<string, KeyedDrawing>()
  for (const some of batches(ids)) {
    const drawings = (await readDrawings(context, some)).filter((one) => one.projectId === projectId)
    const siblings = await Promise.all(
      pagesOf(drawings).map(async ({ canvasId, pageId }) => {
        const page = await findPage(context, canvasId, pageId)
        return page?.drawingIds ?? []
      }),
    )
    const others = siblings.flat().filter((id) => !drawings.some((drawing) => drawing.id === id))
    const more = (await readDrawings(context, others)).filter((one) => one.projectId === projectId)
    for (const drawing of [...drawings, ...more]) found.set(drawing.id, drawing)
  }
  return [...found.values()]
}

async function readDrawings(context: MongoContext, ids: readonly string[]): Promise<KeyedDrawing[]> {
  const documents = await context
    .collection('drawings')
    .find({ _id: { $in: [...ids] } })
    .toArray()
  return documents.map(toDrawing)
}

function pagesOf(drawings: readonly KeyedDrawing[]): { canvasId: string; pageId: string }[] {
  const pages = new Map(
    drawings.map(({ canvasId, pageId }) => [pageDocumentId(canvasId, pageId), { canvasId, pageId }]),
  )
  return [...pages.values()]
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += BATCH) yield all.slice(start, start + BATCH)
}
