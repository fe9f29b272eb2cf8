import { describe } from 'vitest'
import { canvasContract } from './store-canvases.ts'
import { drawingContract } from './store-drawings.ts'
import { durabilityContract } from './store-durability.ts'
import type { StoreDriver } from './store-harness.ts'
import { checkpointContract } from './store-checkpoints.ts'
import { historyContract } from './store-history.ts'
import { projectContract } from './store-projects.ts'

/** Every promise of the Store interface, to be kept by every driver. */
export function describeStore(driver: StoreDriver): void {
  describe(`store over ${driver.name}`, () => {
    projectContract(driver)
    canvasContract(driver)
    drawingContract(driver)
    historyContract(driver)
    checkpointContract(driver)
    durabilityContract(driver)
  })
}
