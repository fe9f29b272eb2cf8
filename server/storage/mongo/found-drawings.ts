import type { Filter } from 'mongodb'
import type { DrawingFilter, Page, StoredDrawing } from '../records.ts'
import { limited } from '../limited.ts'
import type { StoredDocument } from './collections.ts'
import { findDrawing, stored, toDrawing, type KeyedDrawing } from './drawing-documents.ts'
import { findByKey, findByPage } from './drawing-keys.ts'
import type { MongoContext } from './fence.ts'
import type { LabelLogs } from './label-log.ts'
import type { MongoOperations } from './mongo-operations.ts'

type FindingOperations = Pick<
  MongoOperations,
  | 'findDrawingByKey'
  | 'findDrawingByPage'
  | 'getDrawing'
  | 'listDrawings'
  | 'listToSort'
  | 'listSamples'
  | 'countDrawings'
  | 'findDrawings'
>

const MOST_LISTED = 5_000
const MOST_FOUND = 1_000

export function findingOperations(context: MongoContext, logs: LabelLogs): FindingOperations {
  const page = async (
    filter: Filter<StoredDocument>,
    direction: 1 | -1,
    most: number,
  ): Promise<Page<StoredDrawing>> => {
    const documents = await context
      .collection('drawings')
      .find(filter)
      .sort({ seq: direction })
      .limit(most + 1)
      .toArray()
    const items = documents.slice(0, most).map((document) => stored(toDrawing(document)))
    return { items, next: documents.length > most ? (items.at(-1)?.seq ?? null) : null }
  }
  return {
    async findDrawingByKey(projectId, idempotencyKey) {
      const drawing = await findByKey(context, projectId, idempotencyKey)
      return drawing && stored(drawing)
    },
    async findDrawingByPage(canvasId, pageId) {
      const drawing = await findByPage(context, canvasId, pageId)
      return drawing && stored(drawing)
    },
    async getDrawing(id) {
      const drawing = await findDrawing(context, id)
      return drawing && stored(drawing)
    },
    listDrawings: (projectId, after, limit) =>
      page({ projectId, seq: { $gt: after } }, 1, limited(limit, MOST_LISTED)),
    listToSort: (projectId, after, limit) =>
      page(
        { projectId, toSort: true, withdrawn: false, classId: null, seq: { $gt: after } },
        1,
        limited(limit, MOST_LISTED),
      ),
    listSamples: (projectId) => listSamples(context, logs, projectId),
    countDrawings: (projectId) => logs.counts(projectId),
    findDrawings: (projectId, filter, before, limit) =>
      page(foundBy(projectId, filter, before), -1, limited(limit, MOST_FOUND)),
  }
}

function foundBy(
  projectId: string,
  { classId, userId, split, withdrawn }: DrawingFilter,
  before: number | null,
): Filter<StoredDocument> {
  return {
    projectId,
    ...(userId === undefined ? {} : { contributorIds: userId }),
    ...(classId === undefined ? {} : { classId }),
    ...(split === undefined ? {} : { split }),
    ...(withdrawn === undefined ? {} : { withdrawn }),
    ...(before === null ? {} : { seq: { $lt: before } }),
  }
}

async function listSamples(
  context: MongoContext,
  logs: LabelLogs,
  projectId: string,
): Promise<StoredDrawing[]> {
  const samples = await logs.samples(projectId)
  const found = await Promise.all(
    samples.map(async ({ classId, id }) => {
      const known = id === null ? null : await findDrawing(context, id)
      const isStill = known?.classId === classId && !known.withdrawn
      return isStill ? known : newestOf(context, logs, projectId, classId)
    }),
  )
  return found.flatMap((drawing) => (drawing ? stored(drawing) : [])).toSorted((a, b) => a.seq - b.seq)
}

async function newestOf(
  context: MongoContext,
  logs: LabelLogs,
  projectId: string,
  classId: string,
): Promise<KeyedDrawing | null> {
  const [document] = await context
    .collection('drawings')
    .find({ projectId, toSort: false, withdrawn: false, classId })
    .sort({ seq: -1 })
    .limit(1)
    .toArray()
  const drawing = document ? toDrawing(document) : null
  if (drawing) logs.found(projectId, drawing)
  return drawing
}
