import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { StoreError } from '../store.ts'
import { toPlain } from '../thread/plain-error.ts'
import type { StoreControl, StoreRequest, ThreadMessage } from '../thread/rpc.ts'
import { toStoreError } from './errors.ts'
import { openDatabase, type OpenDatabase } from './open-database.ts'
import { mongoOperations } from './operations.ts'
import { ServeCalls } from './serve-calls.ts'
import type { MongoThreadOptions } from './thread-options.ts'

/* The store's thread over MongoDB. */

if (!parentPort) throw new Error('the store worker runs in a worker thread')
await serve(parentPort, workerData as MongoThreadOptions)

async function serve(port: MessagePort, options: MongoThreadOptions): Promise<void> {
  const post = (message: ThreadMessage): void => port.postMessage(message)
  let calls: ServeCalls | null = null
  const lost = (error: StoreError): void => post({ kind: 'lost', error: toPlain(error) })
  try {
    const database = await openDatabase({
      ...options,
      onAway: (error) => calls?.letGo(error),
      onLost: lost,
    })
    calls = callsOf(database, post, lost)
    answer(port, calls)
    post({ kind: 'opened', driver: database.server })
  } catch (error) {
    post({ kind: 'refused', error: toPlain(toStoreError(error)) })
    port.close()
  }
}

function callsOf(
  database: OpenDatabase,
  post: (message: ThreadMessage) => void,
  lost: (error: StoreError) => void,
): ServeCalls {
  const { lease, context } = database
  return new ServeCalls({
    operations: mongoOperations(context, lost),
    trouble: () => lease.trouble,
    suspect: () => lease.suspect(),
    probe: () => lease.prove(),
    close: () => database.close(),
    reply: (reply) => post({ kind: 'replies', replies: [reply] }),
  })
}

function answer(port: MessagePort, calls: ServeCalls): void {
  port.on('message', (message: StoreRequest | StoreControl) => {
    if (!isControl(message)) calls.take(message)
    else
      void calls.obey(message).then(() => {
        if (message.method === 'close') port.close()
      })
  })
}

function isControl(message: StoreRequest | StoreControl): message is StoreControl {
  return message.method === 'flush' || message.method === 'close' || message.method === 'probe'
}
