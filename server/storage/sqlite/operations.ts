import { canvasOperations } from './canvases.ts'
import { checkpointOperations } from './checkpoints.ts'
import { classOperations } from './classes.ts'
import { deletionOperations } from './deletions.ts'
import { drawingOperations } from './drawings.ts'
import { findingOperations } from './found-drawings.ts'
import { historyOperations } from './history.ts'
import { peopleOperations } from './people.ts'
import { projectOperations } from './projects.ts'
import type { StoreOperations } from '../thread/rpc.ts'
import type { Sql } from './sql.ts'

/** Every call of the store over one connection. */
export function storeOperations(sql: Sql): StoreOperations {
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
  }
}
