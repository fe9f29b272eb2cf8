import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { StoreError, type Store, type StoreErrorCode } from '../../server/storage/store.ts'

/** What a driver brings to the contract suite. */
export interface StoreDriver {
  /** What the store's own name begins with. */
  readonly name: string
  /** What an operator is told of a folder's store that is open in this process. */
  heldBy(dir: string): string
  /** Opens the store of a folder; rejects `locked` while it is open elsewhere. */
  open(dir: string): Promise<Store>
  /** Alters a byte of a checkpoint's blob in a folder whose store is closed. */
  damageCheckpoint(dir: string, checkpointId: string): Promise<void>
  /** Writes a project's training settings as they are given, past a store that is closed. */
  putTraining(dir: string, projectId: string, training: object): Promise<void>
  /** What makes `store-writer.ts` open the same store, after the folder. */
  writerArgs(dir: string): readonly string[]
}

export interface TestFolder {
  readonly dir: string
  open(): Promise<Store>
  /** Closes what is open and opens the folder again. */
  reopen(): Promise<Store>
  closeAll(): Promise<void>
}

/** Call inside a `describe`: each test gets folders of its own, closed and removed after it. */
export function testFolders(driver: StoreDriver): () => TestFolder {
  const folders: TestFolder[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) {
      await folder.closeAll()
      rmSync(folder.dir, { recursive: true, force: true })
    }
  })
  return () => {
    const dir = mkdtempSync(join(tmpdir(), 'trainboard-store-'))
    const stores: Store[] = []
    const folder: TestFolder = {
      dir,
      async open() {
        const store = await driver.open(dir)
        stores.push(store)
        return store
      },
      async reopen() {
        await folder.closeAll()
        return folder.open()
      },
      async closeAll() {
        for (const store of stores.splice(0)) await store.close()
      },
    }
    folders.push(folder)
    return folder
  }
}

/** Expects a rejection with this StoreError code; answers the error. */
export async function refusal(promise: Promise<unknown>, code: StoreErrorCode): Promise<StoreError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StoreError)
  if (!(error instanceof StoreError)) throw new Error('not refused')
  expect(error.code).toBe(code)
  expect(error.message.length).toBeGreaterThan(5)
  return error
}
