import { finishDeletion, toNote } from './deletions.ts'
import type { MongoContext } from './fence.ts'
import { removeProject } from './project-deletion.ts'

/** Finishes what a server that died, or lost the database, had begun to delete. Runs before anything else is asked. */
export async function finishDeletions(context: MongoContext): Promise<void> {
  const projects = await context
    .collection('projects')
    .find({ deleted: true }, { projection: { _id: 1 } })
    .toArray()
  for (const { _id } of projects) await removeProject(context, _id)
  const notes = await context
    .collection('deletions')
    .find({ 'left.newestSeq': { $exists: true } })
    .toArray()
  for (const { note, left } of notes.map(toNote)) {
    if (left) await finishDeletion(context, { noteId: note.id, projectId: note.projectId, left })
  }
}
