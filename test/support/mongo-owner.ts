import { openStore } from '../../server/storage/open.ts'
import { StoreError, type Store } from '../../server/storage/store.ts'
import { answerParent } from './helper-process.ts'

const quiet = { info: () => undefined, error: () => undefined }

let store: Store | null = null
let lost: string | null = null

const handlers = {
  /** Opens the store of a database. */
  async open(mongodbUrl: string): Promise<number> {
    store = await openStore({ dataDir: '/nowhere', mongodbUrl, log: quiet })
    void store.lost.then(({ code }) => (lost = code))
    return process.pid
  },
  /** Writes a value of its own name; answers 'written' or the code of the error. */
  async write(key: string): Promise<string> {
    if (!store) throw new Error('nothing is open')
    try {
      await store.putMeta(key, key)
      return 'written'
    } catch (error) {
      return error instanceof StoreError ? error.code : String(error)
    }
  },
  /** With which code the store was lost; null while it was not. */
  lost(): string | null {
    return lost
  },
}
export type OwnerHandlers = typeof handlers

answerParent(handlers)
