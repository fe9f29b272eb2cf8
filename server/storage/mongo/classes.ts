import { nameKey } from '../../../shared/protocol/text.ts'
import type { ClassRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { MongoContext } from './fence.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { classPart, findProject, projectKey, requireProject } from './project-documents.ts'
import { change } from './writes.ts'

export function classOperations(context: MongoContext): Pick<MongoOperations, 'listClasses' | 'putClass'> {
  return {
    async listClasses(projectId) {
      const classes = (await findProject(context, projectId))?.classes ?? []
      return classes.toSorted((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1))
    },
    putClass: (record) =>
      context.queue.run(projectKey(record.projectId), async () => {
        const { classes } = await requireProject(context, record.projectId)
        refuseTakenClass(classes, record)
        const others = classes.filter(({ id }) => id !== record.id)
        await change(context, 'projects', record.projectId, {
          $set: { classes: [...others, record].map(classPart) },
        })
      }),
  }
}

/** @throws StoreError `conflict` naming what another class in use has of `record` */
export function refuseTakenClass(classes: readonly ClassRecord[], record: ClassRecord): void {
  if (record.removed) return
  const key = nameKey(record.name)
  const other = classes.find(
    ({ id, name, number, removed }) =>
      !removed && id !== record.id && (nameKey(name) === key || number === record.number),
  )
  if (!other) return
  const what =
    nameKey(other.name) === key ? `called '${record.name}'` : `with number ${String(record.number)}`
  throw new StoreError('conflict', `there is a class ${what} already`)
}
