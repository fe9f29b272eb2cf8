import type { DBSchema, IDBPDatabase } from 'idb'

/** A canvas of which this device keeps a copy, in a database of its own. */
export interface KeptCanvas {
  /** `<room>/<canvas>.<generation>` */
  readonly key: string
  /** `<user>/<project>`: who keeps it, of which room. */
  readonly room: string
  readonly canvasId: string
  readonly generation: number
  /** Name of the database that y-indexeddb keeps the document in; another one after each rebuild. */
  readonly database: string
  /** Epoch ms. */
  readonly usedAt: number
  /** Strokes and changes of strokes that the server's store does not hold, as far as this device knows. */
  readonly unsaved: number
  readonly unsavedBytes: number
}

/** A Yjs client id under which this device wrote to a canvas, and how far the server's store has what it wrote. */
export interface KeptWriter {
  readonly canvas: string
  readonly clientId: number
  readonly saved: number
}

/** A stroke that waits for a document. */
export interface HeldStroke {
  readonly canvas: string
  readonly id: string
  readonly bytes: Uint8Array
  /** Place among the held strokes of the canvas. */
  readonly at: number
}

/** A command that the server has not answered. */
export interface KeptCommand {
  /** Its idempotency key. */
  readonly key: string
  readonly room: string
  readonly name: string
  readonly payload: unknown
}

interface LocalSchema extends DBSchema {
  canvases: { key: string; value: KeptCanvas; indexes: { room: string } }
  writers: { key: [string, number]; value: KeptWriter; indexes: { canvas: string } }
  held: { key: [string, string]; value: HeldStroke; indexes: { canvas: string } }
  /** By the order in which they were given. */
  commands: { key: number; value: KeptCommand; indexes: { room: string; key: string } }
}

export type LocalDb = IDBPDatabase<LocalSchema>

const NAME = 'trainboard'
const VERSION = 1
const OPEN_MS = 3_000

/** By the device's factory, since a test brings its own. */
const opened = new WeakMap<object, Promise<LocalDb | null>>()

/** The database of what this device keeps; null where there is none to be had (a private window, a full disk). */
export function localDb(): Promise<LocalDb | null> {
  // A browser may hide it, or throw on the mere mention.
  const factory = factoryHere()
  if (!factory) return Promise.resolve(null)
  const known = opened.get(factory)
  if (known) return known
  const opening = inTime(
    open(() => opened.delete(factory)),
    OPEN_MS,
  ).catch(() => {
    opened.delete(factory)
    return null
  })
  opened.set(factory, opening)
  return opening
}

/** Settles as `work` does, or rejects after `ms`: a browser may leave a request for a database unanswered. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer from the storage of this device')), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Who keeps something here, of which project. */
export function roomKey(userId: string, projectId: string): string {
  return `${userId}/${projectId}`
}

function factoryHere(): object | null {
  try {
    return (globalThis as { indexedDB?: object }).indexedDB ?? null
  } catch {
    return null
  }
}

async function open(onGone: () => void): Promise<LocalDb> {
  const { openDB } = await import('idb')
  return openDB<LocalSchema>(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore('canvases', { keyPath: 'key' }).createIndex('room', 'room')
      db.createObjectStore('writers', { keyPath: ['canvas', 'clientId'] }).createIndex('canvas', 'canvas')
      db.createObjectStore('held', { keyPath: ['canvas', 'id'] }).createIndex('canvas', 'canvas')
      const commands = db.createObjectStore('commands', { autoIncrement: true })
      commands.createIndex('room', 'room')
      commands.createIndex('key', 'key', { unique: true })
    },
    terminated: onGone,
  })
}

/** Deletes a database in its own time: another page load of this browser may have to let go of it first. */
export async function removeDatabase(name: string): Promise<void> {
  const { deleteDB } = await import('idb')
  await deleteDB(name)
}
