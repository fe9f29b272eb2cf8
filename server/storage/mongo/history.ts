import * as z from 'zod'
import type { AccuracyPoint } from '../../../shared/training/status.ts'
import type { PredictionRecord } from '../records.ts'
import { limited } from '../limited.ts'
import type { CollectionName } from './collections.ts'
import { numbered, read } from './documents.ts'
import type { MongoContext } from './fence.ts'
import type { Numbers } from './numbers.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { Recent } from './recent.ts'
import { insert, insertMissing, remove } from './writes.ts'

type HistoryOperations = Pick<
  MongoOperations,
  'addPredictions' | 'listPredictions' | 'prunePredictions' | 'addAccuracy' | 'listAccuracy'
>

/** Newest documents a project keeps, in each of the two collections. */
const HISTORY_KEPT = 20_000
/** Documents added to a project between two prunings. */
const PRUNE_EVERY = 1_000
const MOST_LISTED = 5_000
const MOST_PROJECTS = 2_000

const predictionSchema = z.object({
  _id: z.string(),
  projectId: z.string(),
  number: z.number(),
  at: z.number(),
  prediction: z.object({
    canvasId: z.string(),
    pageId: z.string(),
    strokeId: z.string(),
    points: z.number(),
    strokePoints: z.number(),
    modelVersion: z.number(),
    probabilities: z.array(z.number()),
  }),
  classIds: z.array(z.string()),
  drawingId: z.string().nullable(),
})
const pointSchema = z.object({
  projectId: z.string(),
  number: z.number(),
  at: z.number(),
  step: z.number(),
  share: z.number(),
  low: z.number(),
  high: z.number(),
  kind: z.enum(['test', 'prequential']),
})

export function historyOperations(
  context: MongoContext,
  numbers: { readonly predictions: Numbers; readonly accuracy: Numbers },
): HistoryOperations {
  const pruned = { predictions: pruner(context, 'predictions'), accuracy: pruner(context, 'accuracy') }
  return {
    async addPredictions(records) {
      for (const projectId of new Set(records.map((record) => record.projectId))) {
        const added = records.filter((record) => record.projectId === projectId)
        let left = added
        while (left.length > 0) {
          await numbers.predictions.add(projectId, async (number) => {
            left = await addSome(context, left, number)
            const newest = number + added.length - 1
            await pruned.predictions(projectId, added.length, newest)
            return newest
          })
        }
      }
    },
    async listPredictions(projectId, before, limit) {
      const most = limited(limit, MOST_LISTED)
      const documents = await context
        .collection('predictions')
        .find({ projectId, ...(before === null ? {} : { number: { $lt: before } }) })
        .sort({ number: -1 })
        .limit(most + 1)
        .toArray()
      const items = documents.slice(0, most).map(toPrediction)
      const last = items.at(-1)
      return {
        items: items.map(({ record }) => record),
        next: documents.length > most && last ? last.number : null,
      }
    },
    prunePredictions: (projectId, before) =>
      remove(context, 'predictions', { projectId, at: { $lt: before } }),

    async addAccuracy(projectId, points) {
      for (const { at, step, share, low, high, kind } of points) {
        await numbers.accuracy.add(projectId, async (number) => {
          const point = { at, step, share, low, high, kind }
          await insert(context, 'accuracy', { _id: numbered(projectId, number), projectId, number, ...point })
          await pruned.accuracy(projectId, 1, number)
          return number
        })
      }
    },
    async listAccuracy(projectId, limit) {
      const documents = await context
        .collection('accuracy')
        .find({ projectId })
        .sort({ number: -1 })
        .limit(limited(limit, HISTORY_KEPT))
        .toArray()
      return documents.map((document) => toPoint(document).point).reverse()
    },
  }
}

export function toPrediction(document: unknown): { record: PredictionRecord; number: number } {
  const { _id, number, ...prediction } = read(predictionSchema, document, 'prediction')
  return { record: { id: _id, ...prediction }, number }
}

export function toPoint(document: unknown): { projectId: string; point: AccuracyPoint; number: number } {
  const { projectId, number, ...point } = read(pointSchema, document, 'accuracy point')
  return { projectId, point, number }
}

/** Answers those that are not written because their number, not their id, is there. */
async function addSome(
  context: MongoContext,
  records: readonly PredictionRecord[],
  number: number,
): Promise<PredictionRecord[]> {
  const documents = records.map(({ id, ...record }, index) => ({
    _id: id,
    ...record,
    // For an index that deletes by age, which goes by dates alone.
    madeAt: new Date(record.at),
    number: number + index,
  }))
  const refused = await insertMissing(context, 'predictions', documents)
  if (refused.length === 0) return []
  const ids = refused.map(({ _id }) => _id)
  const there = await context
    .collection('predictions')
    .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
    .toArray()
  const known = new Set(there.map(({ _id }) => _id))
  return records.filter(({ id }) => ids.includes(id) && !known.has(id))
}

/** Counts what is added to each project and prunes it from time to time. */
function pruner(
  context: MongoContext,
  name: CollectionName,
): (projectId: string, count: number, newest: number) => Promise<void> {
  const added = new Recent<number>(MOST_PROJECTS)
  return async (projectId, count, newest) => {
    const since = (added.get(projectId) ?? 0) + count
    const isDue = since >= PRUNE_EVERY
    added.set(projectId, isDue ? 0 : since)
    if (!isDue || newest <= HISTORY_KEPT) return
    const [oldest] = await context
      .collection(name)
      .find({ projectId }, { projection: { number: 1 } })
      .sort({ number: -1 })
      .skip(HISTORY_KEPT)
      .limit(1)
      .toArray()
    if (oldest) await remove(context, name, { projectId, number: { $lte: oldest['number'] } })
  }
}
