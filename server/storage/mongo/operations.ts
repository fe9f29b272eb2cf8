import { StoreError } from '../store.ts'
import { backupOperations } from './backup-reads.ts'
import { canvasOperations } from './canvases.ts'
import { checkpointOperations } from './checkpoints.ts'
import { classOperations } from './classes.ts'
import { deletionOperations } from './deletions.ts'
import { drawingOperations } from './drawings.ts'
import type { MongoContext } from './fence.ts'
import { findingOperations } from './found-drawings.ts'
import { historyOperations } from './history.ts'
import { LabelLogs } from './label-log.ts'
import type { MongoOperations } from './mongo-operations.ts'
import { Numbers } from './numbers.ts'
import { peopleOperations } from './people.ts'
import { deleteProject } from './project-deletion.ts'
import { projectKey } from './project-documents.ts'
import { projectOperations } from './projects.ts'
import { Recent } from './recent.ts'
import { restoreOperations } from './restore.ts'

const MOST_CANVASES = 5_000

/**
 * Every call of the store over one database; `finishAll` has run before. `onLost` is told where nothing can be
 * asked any more, since it is not known which records hold.
 */
export function mongoOperations(
  given: MongoContext,
  onLost: (error: StoreError) => void = () => undefined,
): MongoOperations {
  let isUnsure = false
  const context: MongoContext = {
    ...given,
    get epoch() {
      return given.epoch
    },
    collection(name, epoch) {
      if (isUnsure) throw unsureOfEpoch()
      return given.collection(name, epoch)
    },
  }
  const logs = new LabelLogs(context)
  const positions = new Recent<number>(MOST_CANVASES)
  const numbers = {
    predictions: new Numbers(context, 'predictions'),
    accuracy: new Numbers(context, 'accuracy'),
    checkpoints: new Numbers(context, 'checkpoints'),
    deletions: new Numbers(context, 'deletions'),
  }
  const forgetAll = (): void => {
    for (const cache of [logs, positions, ...Object.values(numbers)]) cache.clear()
  }
  const unsure = (): void => {
    isUnsure = true
    onLost(unsureOfEpoch())
  }
  return {
    ...peopleOperations(context),
    ...projectOperations(context),
    ...classOperations(context),
    ...canvasOperations(context, positions),
    ...drawingOperations(context, logs),
    ...findingOperations(context, logs),
    ...historyOperations(context, numbers),
    ...checkpointOperations(context, numbers.checkpoints),
    ...deletionOperations(context, logs, numbers.deletions),
    ...backupOperations(context),
    ...restoreOperations(context, { replaced: forgetAll, unsure }),
    deleteProject: (projectId) =>
      context.queue.run(projectKey(projectId), async () => {
        try {
          await deleteProject(context, projectId, (canvasId) => positions.delete(canvasId))
        } finally {
          forgetAll()
        }
      }),
  }
}

function unsureOfEpoch(): StoreError {
  return new StoreError(
    'locked',
    'whether the restore took place is not known: the server has to be started again',
  )
}
