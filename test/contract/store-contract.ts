import { describe } from 'vitest'
import { backupContract } from './store-backup.ts'
import { canvasContract } from './store-canvases.ts'
import { deletionContract } from './store-deletions.ts'
import { drawingContract } from './store-drawings.ts'
import { durabilityContract } from './store-durability.ts'
import { findingContract } from './store-findings.ts'
import type { StoreDriver } from './store-harness.ts'
import { checkpointContract } from './store-checkpoints.ts'
import { historyContract } from './store-history.ts'
import { projectContract } from './store-projects.ts'
import { restoreCrashContract } from './store-restore-crash.ts'

/** Every promise of the Store interface, to be kept by every driver. */
export function describeStore(driver: StoreDriver): void {
  describe(`store over ${driver.name}`, () => {
    projectContract(driver)
    canvasContract(driver)
    drawingContract(driver)
    findingContract(driver)
    deletionContract(driver)
    historyContract(driver)
    checkpointContract(driver)
    backupContract(driver)
    restoreCrashContract(driver)
    durabilityContract(driver)
  })
}
