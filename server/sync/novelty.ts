import * as Y from 'yjs'
import { UpdateRefused, type InspectedUpdate } from './inspect-update.ts'

/** Whether an update holds a struct or an erasure that the document does not have yet. */
export function bringsAnythingNew(doc: Y.Doc, { clients, deletions }: InspectedUpdate): boolean {
  for (const [clientId, { to }] of clients) if (to > Y.getState(doc.store, clientId)) return true
  for (const [clientId, ranges] of deletions) {
    const structs = doc.store.clients.get(clientId) ?? []
    const state = Y.getState(doc.store, clientId)
    for (const { clock, len } of ranges) {
      if (len === 0) continue
      if (clock + len > state) return true
      for (let i = Y.findIndexSS(structs, clock); i < structs.length; i++) {
        const struct = structs[i]
        if (!struct || struct.id.clock >= clock + len) break
        if (!struct.deleted) return true
      }
    }
  }
  return false
}

/**
 * Of an item that a document knows a part of, Yjs puts the rest behind that part, and breaks off where it was collected.
 * @throws UpdateRefused
 */
export function checkHalfKnown(doc: Y.Doc, { long }: Pick<InspectedUpdate, 'long'>): void {
  for (const { clientId, clock, length } of long) {
    const known = Y.getState(doc.store, clientId)
    if (known <= clock || known >= clock + length) continue
    const part: unknown = Y.getItem(doc.store, Y.createID(clientId, known - 1))
    if (!(part instanceof Y.Item)) throw new UpdateRefused('a part of the update follows what is gone')
  }
}
