import * as z from 'zod'
import { StoreError } from '../store.ts'
import type { RestoreMethod } from '../thread/rpc.ts'
import type { CollectionName } from './collections.ts'
import { read } from './documents.ts'
import { atEpoch } from './epochs.ts'
import type { MongoContext } from './fence.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { findProject } from './project-documents.ts'
import { StagedRecords } from './staged-records.ts'
import { change, insertNew } from './writes.ts'

/*
 * A restore fills the collections of the next epoch; the one write after which the `server` document names it is the
 * commit. Other epochs are dropped when the store is opened.
 */

/** In `meta`: the generation that all canvases got from the newest restore. */
const GENERATION_KEY = 'canvas-generation'
/** What belongs to a project that has to be there. */
const belonging: readonly CollectionName[] = ['members', 'canvases', 'drawings', 'drawing_keys', 'deletions']

const generationSchema = z.object({ generation: z.number() })
const placeSchema = z.object({
  projectId: z.string(),
  trainedTo: z.number().optional(),
  firstSeq: z.number().optional(),
})

interface Staging {
  readonly context: MongoContext
  readonly records: StagedRecords
}

/** `replaced` is called once other records hold, `unsure` when it is not known which do. */
export function restoreOperations(
  context: MongoContext,
  { replaced, unsure }: { readonly replaced: () => void; readonly unsure: () => void },
): Pick<MongoOperations, RestoreMethod> {
  let staging: Staging | null = null
  const alone = <T>(task: () => Promise<T>): Promise<T> => context.queue.run('restore', task)
  const current = (): Staging => {
    if (!staging) throw new StoreError('conflict', 'no restore is under way')
    return staging
  }
  return {
    beginRestore: () =>
      alone(async () => {
        if (staging) throw new StoreError('conflict', 'a restore is under way already')
        const epoch = context.epoch + 1
        await context.dropEpoch(epoch)
        await context.prepareEpoch(epoch)
        const staged = atEpoch(context, epoch)
        staging = { context: staged, records: new StagedRecords(staged) }
      }),
    writeRecords: (records) => alone(() => current().records.write(records)),
    commitRestore: () =>
      alone(async () => {
        const { context: staged, records } = current()
        staging = null
        const before = context.epoch
        try {
          await records.end()
          await complete(staged, await highestGeneration(context))
        } catch (error) {
          await context.dropEpoch(staged.epoch).catch(() => undefined)
          throw error
        }
        try {
          await context.commitEpoch(staged.epoch)
        } catch (error) {
          unsure()
          throw error
        }
        replaced()
        // Nobody reads them any more; should they stay, they are dropped when the store is opened.
        await context.dropEpoch(before).catch(() => undefined)
      }),
    abortRestore: () =>
      alone(async () => {
        const begun = staging
        staging = null
        if (begun) await context.dropEpoch(begun.context.epoch)
      }),
  }
}

/**
 * Sets what follows from the records, and raises every canvas's generation above `seen` and its own.
 * @throws StoreError `corrupt` where a record belongs to a project that is not there
 */
async function complete(staged: MongoContext, seen: number): Promise<void> {
  for (const name of belonging) {
    const owners: unknown[] = await staged.collection(name).distinct('projectId')
    for (const owner of owners) {
      if (typeof owner === 'string' && (await findProject(staged, owner))) continue
      throw new StoreError(
        'corrupt',
        `a record of ${name} belongs to project ${String(owner)}, which is missing`,
      )
    }
  }
  await raiseSeqs(staged)
  const generation = Math.max(seen, await highestGeneration(staged)) + 1
  staged.fence.check()
  await staged.collection('canvases').updateMany({}, { $set: { generation } })
  const value = String(generation)
  if (!(await insertNew(staged, 'meta', { _id: GENERATION_KEY, value })))
    await change(staged, 'meta', GENERATION_KEY, { $set: { value } })
}

/** No place in a label log that a model was trained to is given away again. */
async function raiseSeqs(staged: MongoContext): Promise<void> {
  const floors = new Map<string, number>()
  for (const name of ['checkpoints', 'deletions'] as const) {
    const projection = { projectId: 1, trainedTo: 1, firstSeq: 1 }
    for await (const document of staged.collection(name).find({}, { projection })) {
      const { projectId, trainedTo = 0, firstSeq = 0 } = read(placeSchema, document, name)
      floors.set(projectId, Math.max(floors.get(projectId) ?? 0, trainedTo, firstSeq))
    }
  }
  for (const [projectId, seqFloor] of floors) {
    if (await findProject(staged, projectId)) {
      await change(staged, 'projects', projectId, { $set: { seqFloor } })
    }
  }
}

/** The highest generation of a canvas that was ever in these collections. */
async function highestGeneration(context: MongoContext): Promise<number> {
  const [newest] = await context
    .collection('canvases')
    .find({}, { projection: { generation: 1 } })
    .sort({ generation: -1 })
    .limit(1)
    .toArray()
  const restored = await context.collection('meta').findOne({ _id: GENERATION_KEY })
  return Math.max(
    newest ? read(generationSchema, newest, 'canvas').generation : 0,
    restored ? Number(restored['value']) : 0,
  )
}
