import { removeBlob } from './blobs.ts'
import { canvasKey, toCanvas } from './canvas-documents.ts'
import { removeStates } from './canvas-states.ts'
import { toCheckpoint } from './checkpoints.ts'
import type { CollectionName } from './collections.ts'
import { numberedFrom } from './documents.ts'
import type { MongoContext } from './fence.ts'
import { toProject } from './project-documents.ts'
import { change, remove } from './writes.ts'

/** What names its project and has nothing of its own. */
const parts: readonly CollectionName[] = [
  'members',
  'drawing_keys',
  'drawings',
  'predictions',
  'accuracy',
  'deletions',
]

/**
 * The mark on the project's document is the commit: from then on there is no such project. Of one that is gone, what was
 * written since goes as well. `forget` is told of each canvas before it goes.
 */
export async function deleteProject(
  context: MongoContext,
  projectId: string,
  forget: (canvasId: string) => void,
): Promise<void> {
  const document = await context.collection('projects').findOne({ _id: projectId })
  if (document) await change(context, 'projects', projectId, { $set: { deleted: true } })
  await removeProject(context, projectId, forget)
}

/** Removes what belongs to a project that is marked, and the project last. Can be repeated. */
export async function removeProject(
  context: MongoContext,
  projectId: string,
  forget: (canvasId: string) => void,
): Promise<void> {
  const document = await context.collection('projects').findOne({ _id: projectId })
  for (const { code } of document ? toProject(document).codes : []) {
    await remove(context, 'codes', { _id: code, projectId })
  }
  const canvases = await context.collection('canvases').find({ projectId }).toArray()
  for (const { canvas } of canvases.map(toCanvas)) {
    // An update that comes later finds no canvas.
    await context.queue.run(canvasKey(canvas.id), () => {
      forget(canvas.id)
      return removeCanvas(context, canvas.id)
    })
  }
  const checkpoints = await context.collection('checkpoints').find({ projectId }).toArray()
  for (const { record, fileId } of checkpoints.map(toCheckpoint)) {
    await remove(context, 'checkpoints', { _id: record.id })
    await removeBlob(context, 'checkpoint_blobs', fileId)
  }
  for (const name of parts) await remove(context, name, { projectId })
  await remove(context, 'projects', { _id: projectId })
}

async function removeCanvas(context: MongoContext, canvasId: string): Promise<void> {
  await remove(context, 'canvas_log', { _id: numberedFrom(canvasId, 0) })
  await removeStates(context, canvasId)
  await remove(context, 'canvases', { _id: canvasId })
}
