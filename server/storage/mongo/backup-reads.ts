import type { Filter, Sort } from 'mongodb'
import * as z from 'zod'
import { limited } from '../limited.ts'
import { bytesIn, mergedLog, MOST_BYTES, MOST_RECORDS } from '../record-pages.ts'
import type { BackupKind, BackupPage, BackupRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import { canvasKey, mergeClients, readLog, toCanvas } from './canvas-documents.ts'
import { readState } from './canvas-states.ts'
import { readWhole, toCheckpoint } from './checkpoints.ts'
import type { CollectionName, StoredDocument } from './collections.ts'
import { toNote } from './deletions.ts'
import { read } from './documents.ts'
import { toDrawing } from './drawing-documents.ts'
import { pageSchema } from './drawing-keys.ts'
import type { MongoContext } from './fence.ts'
import { toPoint, toPrediction } from './history.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { toMember, toMeta, toUser } from './people.ts'
import { findProject, toProject } from './project-documents.ts'

/** Documents that the database sends at once. */
const BATCH = 50

interface Reading {
  readonly from: CollectionName
  readonly sort: Sort
  /** What comes after a key; null from the first. */
  readonly after: (key: string | null) => Filter<StoredDocument>
  readonly keyOf: (document: StoredDocument) => string
  readonly toItems: (context: MongoContext, document: StoredDocument) => Promise<readonly BackupRecord[]>
}

export function backupOperations(context: MongoContext): Pick<MongoOperations, 'readRecords'> {
  return {
    async readRecords(kind, after, limit) {
      const { from, sort, toItems, keyOf, ...reading } = readings[kind]
      const most = limited(limit, MOST_RECORDS)
      const items: BackupRecord[] = []
      let key = after
      let bytes = 0
      const cursor = context
        .collection(from)
        .find(reading.after(after))
        .sort(sort)
        .batchSize(Math.min(most, BATCH))
      try {
        for await (const document of cursor) {
          if (items.length >= most || bytes >= MOST_BYTES) return { items, next: key } satisfies BackupPage
          const found = await toItems(context, document)
          items.push(...found)
          bytes += found.reduce((sum, item) => sum + bytesIn(item), 0)
          key = keyOf(document)
        }
      } finally {
        await cursor.close()
      }
      return { items, next: null }
    },
  }
}

const readings: Readonly<Record<BackupKind, Reading>> = {
  meta: byId('meta', (document) => [{ kind: 'meta', value: { key: document._id, value: toMeta(document) } }]),
  user: byId('users', (document) => [{ kind: 'user', value: toUser(document) }]),
  project: byId('projects', (document) => {
    const { project, deleted } = toProject(document)
    return deleted ? [] : [{ kind: 'project', value: project }]
  }),
  class: byId('projects', (document) => {
    const { classes, deleted } = toProject(document)
    return deleted ? [] : classes.map((value) => ({ kind: 'class', value }))
  }),
  code: byId('projects', (document) => {
    const { codes, deleted } = toProject(document)
    return deleted ? [] : codes.map((value) => ({ kind: 'code', value }))
  }),
  member: {
    ...byId('members', () => []),
    async toItems(context, document) {
      const value = toMember(document)
      // A project that never came to be may have left its owner.
      return (await findProject(context, value.projectId)) ? [{ kind: 'member', value }] : []
    },
  },
  'deleted-page': {
    ...byId('drawing_keys', (document) => {
      const { canvasId, pageId, projectId } = read(pageSchema, document, 'page of drawings')
      return [{ kind: 'deleted-page', value: { canvasId, pageId, projectId } }]
    }),
    after: (key) => ({ ...(key === null ? {} : { _id: { $gt: key } }), deleted: true }),
  },
  canvas: {
    ...byId('canvases', () => []),
    toItems: (context, document) => canvasItems(context, document._id),
  },
  drawing: byId('drawings', (document) => [{ kind: 'drawing', value: toDrawing(document) }]),
  prediction: byNumber('predictions', (document) => [
    { kind: 'prediction', value: toPrediction(document).record },
  ]),
  accuracy: byNumber('accuracy', (document) => {
    const { projectId, point } = toPoint(document)
    return [{ kind: 'accuracy', value: { projectId, point } }]
  }),
  deletion: byNumber('deletions', (document) => [{ kind: 'deletion', value: toNote(document).note }]),
  checkpoint: {
    ...byNumber('checkpoints', () => []),
    async toItems(context, document) {
      const found = toCheckpoint(document)
      const blob = await readWhole(context, found)
      return blob ? [{ kind: 'checkpoint', value: { record: found.record, blob } }] : []
    },
  },
}

function byId(from: CollectionName, toItems: (document: StoredDocument) => readonly BackupRecord[]): Reading {
  return {
    from,
    sort: { _id: 1 },
    after: (key) => (key === null ? {} : { _id: { $gt: key } }),
    keyOf: ({ _id }) => _id,
    toItems: (_, document) => Promise.resolve(toItems(document)),
  }
}

const placeSchema = z.tuple([z.string(), z.number()])
const placedSchema = z.object({ projectId: z.string(), number: z.number() })

function byNumber(
  from: CollectionName,
  toItems: (document: StoredDocument) => readonly BackupRecord[],
): Reading {
  return {
    from,
    sort: { projectId: 1, number: 1 },
    after(key) {
      if (key === null) return {}
      const [projectId, number] = placeOf(key)
      return { $or: [{ projectId: { $gt: projectId } }, { projectId, number: { $gt: number } }] }
    },
    keyOf(document) {
      const { projectId, number } = read(placedSchema, document, from)
      return JSON.stringify([projectId, number])
    },
    toItems: (_, document) => Promise.resolve(toItems(document)),
  }
}

/** @throws StoreError `corrupt` for a cursor that `readRecords` did not answer */
function placeOf(key: string): [string, number] {
  try {
    return placeSchema.parse(JSON.parse(key))
  } catch (cause) {
    throw new StoreError('corrupt', `there is nothing to read on from at ${key}`, { cause })
  }
}

function canvasItems(context: MongoContext, canvasId: string): Promise<BackupRecord[]> {
  return context.queue.run(canvasKey(canvasId), async () => {
    const document = await context.collection('canvases').findOne({ _id: canvasId })
    if (!document) return []
    const found = toCanvas(document)
    const [state, entries] = await Promise.all([
      readState(context, found),
      readLog(context, canvasId, found.state?.position ?? 0),
    ])
    const updates = entries.map(({ bytes }) => bytes)
    const log = mergedLog(canvasId, state.snapshot ? [state.snapshot, ...updates] : updates)
    const clients = mergeClients(state.clients, ...entries.map((entry) => entry.clients))
    return [{ kind: 'canvas', value: { record: found.canvas, log, clients } }]
  })
}
