import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { CheckpointWrites, type CheckpointRequest } from './checkpoint-writes.ts'
import { openDatabase, type Database } from './database.ts'
import { loadDriver } from './driver.ts'
import { toPlain } from '../thread/plain-error.ts'
import { toStoreError } from './errors.ts'
import { runGroup } from './group-commit.ts'
import { storeOperations } from './operations.ts'
import { restoreOperations } from './staging.ts'
import type {
  RestoreMethod,
  StoreControl,
  StoreOperations,
  StoreReply,
  StoreRequest,
  ThreadMessage,
  ThreadOptions,
} from '../thread/rpc.ts'

/*
 * The store's thread: takes what has arrived, runs it as one group, answers, and does so again. While a group is
 * being committed the next one gathers, so the groups grow with the load and a lone write never waits.
 */
const MOST_IN_GROUP = 512

type RestoreOperations = Pick<StoreOperations, RestoreMethod>
/** What is obeyed outside a transaction. */
type Alone = StoreControl | Extract<StoreRequest, { method: RestoreMethod }>
const ALONE: readonly Alone['method'][] = [
  'flush',
  'close',
  'probe',
  'beginRestore',
  'writeRecords',
  'commitRestore',
  'abortRestore',
]

if (!parentPort) throw new Error('the store worker runs in a worker thread')
await serve(parentPort, workerData as ThreadOptions)

async function serve(port: MessagePort, options: ThreadOptions): Promise<void> {
  const post = (message: ThreadMessage, transfer: ArrayBuffer[] = []) => {
    port.postMessage(message, transfer)
  }
  try {
    const driver = await loadDriver(options.drivers)
    const database = openDatabase(driver, options.dataDir)
    answer(port, database, post)
    post({ kind: 'opened', driver: driver.name })
  } catch (error) {
    post({ kind: 'refused', error: toPlain(toStoreError(error)) })
    port.close()
  }
}

function answer(
  port: MessagePort,
  database: Database,
  post: (message: ThreadMessage, transfer?: ArrayBuffer[]) => void,
): void {
  const restore = restoreOperations(database)
  const operations = storeOperations(database.sql, restore)
  const checkpoints = new CheckpointWrites(database.sql, operations)
  const reply = (replies: readonly StoreReply[]): void => {
    if (replies.length > 0) post({ kind: 'replies', replies }, replies.flatMap(buffersOf))
  }
  let going = false
  const goOn = (): void => {
    const written = checkpoints.step()
    reply(written ? [written] : [])
    going = !checkpoints.idle
    if (going) setImmediate(goOn)
  }
  port.on('message', (first: StoreRequest | StoreControl) => {
    const { requests, blobs, alone } = gather(port, first)
    const replies = runGroup(database.sql, operations, requests)
    for (const blob of blobs) checkpoints.take(blob)
    if (alone) replies.push(...checkpoints.finish(), obey(alone, database, restore))
    reply(replies)
    if (!going && !checkpoints.idle) {
      going = true
      setImmediate(goOn)
    }
    if (alone?.method === 'close') port.close()
  })
}

function obey(message: Alone, database: Database, restore: RestoreOperations): StoreReply {
  try {
    if (message.method === 'close') database.close()
    else if (message.method === 'probe') database.probe()
    else if (message.method === 'writeRecords') restore.writeRecords(...message.args)
    else if (message.method !== 'flush') restore[message.method]()
    return { id: message.id, ok: true, result: undefined }
  } catch (error) {
    return { id: message.id, ok: false, error: toPlain(toStoreError(error)) }
  }
}

interface Gathered {
  readonly requests: StoreRequest[]
  /** Checkpoints, which are written in pieces between the groups. */
  readonly blobs: CheckpointRequest[]
  readonly alone: Alone | null
}

/** All that has arrived, up to a bound or to a message that ends a group. */
function gather(port: MessagePort, first: StoreRequest | StoreControl): Gathered {
  const requests: StoreRequest[] = []
  const blobs: CheckpointRequest[] = []
  let next: StoreRequest | StoreControl | null = first
  while (next) {
    if (isAlone(next)) return { requests, blobs, alone: next }
    if (next.method === 'putCheckpoint') blobs.push(next)
    else requests.push(next)
    next = requests.length + blobs.length < MOST_IN_GROUP ? received(port) : null
  }
  return { requests, blobs, alone: null }
}

function isAlone(message: StoreRequest | StoreControl): message is Alone {
  return (ALONE as readonly string[]).includes(message.method)
}

function received(port: MessagePort): StoreRequest | StoreControl | null {
  const taken = receiveMessageOnPort(port) as { message: StoreRequest | StoreControl } | undefined
  return taken?.message ?? null
}

/** The large buffers of an answer, which are handed over rather than copied. */
function buffersOf(reply: StoreReply): ArrayBuffer[] {
  if (!reply.ok || typeof reply.result !== 'object' || reply.result === null) return []
  if ('blob' in reply.result) return ownedBy(reply.result.blob)
  if ('snapshot' in reply.result && reply.result.snapshot) return ownedBy(reply.result.snapshot)
  return []
}

function ownedBy(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []
}
