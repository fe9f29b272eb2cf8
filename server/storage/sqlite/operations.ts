import { backupOperations } from './backup-reads.ts'
import { canvasOperations } from './canvases.ts'
import { checkpointOperations } from './checkpoints.ts'
import { classOperations } from './classes.ts'
import { deletionOperations } from './deletions.ts'
import { drawingOperations } from './drawings.ts'
import { findingOperations } from './found-drawings.ts'
import { historyOperations } from './history.ts'
import { peopleOperations } from './people.ts'
import { projectOperations } from './projects.ts'
import { StoreError } from '../store.ts'
import type { RestoreMethod, StoreOperations } from '../thread/rpc.ts'
import type { Sql } from './sql.ts'

type RestoreOperations = Pick<StoreOperations, RestoreMethod>

const refuse = (): never => {
  throw new StoreError('unavailable', 'a database without a file takes no restore')
}
const noRestore: RestoreOperations = {
  beginRestore: refuse,
  writeRecords: refuse,
  commitRestore: refuse,
  abortRestore: refuse,
}

/** Every call of the store over one connection; a restore needs files besides. */
export function storeOperations(sql: Sql, restore = noRestore): StoreOperations {
  return {
    ...peopleOperations(sql),
    ...projectOperations(sql),
    ...classOperations(sql),
    ...canvasOperations(sql),
    ...drawingOperations(sql),
    ...findingOperations(sql),
    ...deletionOperations(sql),
    ...historyOperations(sql),
    ...checkpointOperations(sql),
    ...backupOperations(sql),
    ...restore,
  }
}
