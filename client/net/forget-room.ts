import { dropCopy } from './local-copy.ts'
import { localDb, roomKey } from './local-db.ts'

/** Drops all that this device keeps for a person of a room that is no more: copies of its pages, and commands that wait. */
export async function forgetRoom(userId: string, projectId: string): Promise<void> {
  try {
    const db = await localDb()
    if (!db) return
    const room = roomKey(userId, projectId)
    for (const copy of await db.getAllFromIndex('canvases', 'room', room)) await dropCopy(db, copy)
    const { store, done } = db.transaction('commands', 'readwrite')
    for (const key of await store.index('room').getAllKeys(room)) await store.delete(key)
    await done
  } catch {
    // What stays behind is dropped when its place is needed.
  }
}
