import { finishDeletions } from './deletions.ts'
import type { MongoContext } from './fence.ts'
import { removeProject } from './project-deletion.ts'

/** Finishes what a server that died, or lost the database, had begun to delete. Runs before anything else is asked. */
export async function finishAll(context: MongoContext): Promise<void> {
  const projects = await context
    .collection('projects')
    .find({ deleted: true }, { projection: { _id: 1 } })
    .toArray()
  for (const { _id } of projects) await removeProject(context, _id, () => undefined)
  await finishDeletions(context, {})
}
