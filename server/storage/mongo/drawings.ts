import type { DrawingRecord, Opinion, StoredDrawing } from '../records.ts'
import { StoreError } from '../store.ts'
import { drawingDocument, findDrawing, opinionPart, stored, type KeyedDrawing } from './drawing-documents.ts'
import { leadKeyTo, leadTo } from './drawing-keys.ts'
import { isDuplicate, taken } from './errors.ts'
import type { MongoContext } from './fence.ts'
import type { LabelLogs } from './label-log.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { projectKey } from './project-documents.ts'
import { change, insert } from './writes.ts'

/** Times that a place in the label log is looked up anew before the database is given up. */
const MOST_TRIES = 4

export function drawingOperations(
  context: MongoContext,
  logs: LabelLogs,
): Pick<MongoOperations, 'addDrawing' | 'addOpinion' | 'withdrawDrawing'> {
  /** Runs in the queue of the drawing's project, with the drawing as it stands then. */
  const withDrawing = async (
    id: string,
    task: (drawing: KeyedDrawing) => Promise<KeyedDrawing>,
  ): Promise<StoredDrawing> => {
    const { projectId } = await required(context, id)
    return stored(
      await context.queue.run(projectKey(projectId), async () => task(await required(context, id))),
    )
  }
  return {
    addDrawing: (drawing, opinion, idempotencyKey) =>
      context.queue.run(projectKey(drawing.projectId), async () =>
        stored(await add(context, logs, drawing, opinion, idempotencyKey)),
      ),
    addOpinion: (drawingId, opinion) =>
      withDrawing(drawingId, async (drawing) => {
        const known = await leadKeyTo(context, drawing, opinion.idempotencyKey)
        if (known) return known
        const { classId } = opinion
        return move(context, logs, drawing, { classId, toSort: false, withdrawn: false }, opinion)
      }),
    withdrawDrawing: (drawingId) =>
      withDrawing(drawingId, async (drawing) =>
        drawing.withdrawn ? drawing : move(context, logs, drawing, { withdrawn: true }, null),
      ),
  }
}

/** The drawing's document is the commit. */
async function add(
  context: MongoContext,
  logs: LabelLogs,
  record: DrawingRecord,
  opinion: Opinion | null,
  idempotencyKey: string,
): Promise<KeyedDrawing> {
  const { id, projectId, pageId } = record
  await logs.next(projectId)
  const keys = [...new Set([idempotencyKey, ...(opinion ? [opinion.idempotencyKey] : [])])]
  const { known, pageDeleted } = await leadTo(context, record, keys)
  if (known) return known
  if (pageDeleted) throw new StoreError('conflict', `the drawing of page ${pageId} was deleted`)
  return atNextPlace(context, logs, projectId, async (seq) => {
    const drawing: KeyedDrawing = {
      ...record,
      opinions: opinion ? [opinionPart(opinion)] : [],
      classId: opinion?.classId ?? null,
      toSort: opinion === null,
      seq,
      firstSeq: seq,
      keys,
    }
    try {
      await insert(context, 'drawings', drawingDocument(drawing))
    } catch (error) {
      if (isDuplicate(error)) await refuseKnown(context, id)
      throw error
    }
    logs.moved(projectId, seq, null, drawing)
    return drawing
  })
}

async function move(
  context: MongoContext,
  logs: LabelLogs,
  drawing: KeyedDrawing,
  changes: Partial<Pick<StoredDrawing, 'classId' | 'toSort' | 'withdrawn'>>,
  opinion: Opinion | null,
): Promise<KeyedDrawing> {
  const { id, projectId } = drawing
  return atNextPlace(context, logs, projectId, async (seq) => {
    const given = opinion ? [opinionPart(opinion)] : []
    const keys = given
      .map(({ idempotencyKey }) => idempotencyKey)
      .filter((key) => !drawing.keys.includes(key))
    await change(context, 'drawings', id, {
      $set: { ...changes, seq },
      ...(opinion ? { $push: { opinions: { $each: given }, keys: { $each: keys } } } : {}),
    })
    const moved: KeyedDrawing = {
      ...drawing,
      ...changes,
      seq,
      opinions: [...drawing.opinions, ...given],
      keys: [...drawing.keys, ...keys],
    }
    logs.moved(projectId, seq, drawing, moved)
    return moved
  })
}

/**
 * Writes at the next place of the log. A place that is taken was given away by a write that this server took for lost,
 * or by one of a server before it.
 */
async function atNextPlace(
  context: MongoContext,
  logs: LabelLogs,
  projectId: string,
  write: (seq: number) => Promise<KeyedDrawing>,
): Promise<KeyedDrawing> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const seq = await logs.next(projectId)
    try {
      return await write(seq)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'conflict') throw error
      // What was asked for may have been written all the same.
      logs.forget(projectId)
      if (!isDuplicate(error)) throw error
      await refuseLater(context, projectId, seq)
    }
  }
  throw new StoreError('unavailable', `project ${projectId} changes faster than it can be written`)
}

async function refuseLater(context: MongoContext, projectId: string, seq: number): Promise<void> {
  const standing = await context
    .collection('drawings')
    .findOne({ projectId, seq }, { projection: { fence: 1 } })
  const fence = standing?.['fence']
  if (typeof fence === 'number' && fence > context.fence.number) {
    throw taken(`the label log of project ${projectId}`)
  }
}

async function refuseKnown(context: MongoContext, id: string): Promise<void> {
  if (await findDrawing(context, id)) {
    throw new StoreError('conflict', `there is a drawing ${id} already`)
  }
}

/** @throws StoreError `not-found` */
async function required(context: MongoContext, id: string): Promise<KeyedDrawing> {
  const drawing = await findDrawing(context, id)
  if (!drawing) throw new StoreError('not-found', `no drawing ${id}`)
  return drawing
}
