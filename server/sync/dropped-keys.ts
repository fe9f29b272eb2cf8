import * as Y from 'yjs'
import { pagesOf } from '../../shared/canvas/schema.ts'
import { idText } from './inspect-update.ts'

/** Items of dropped pages that are remembered, the newest. */
const MAX_ITEMS = 20_000
/** Of erased values of a key that became one item, the newest: its length is what a client says. */
const MAX_RUN = 100

/** Where a value of a dropped page lay. */
export interface DroppedKey {
  readonly key: string
  /** Who first wrote there. */
  readonly clientId: number
}

/**
 * The keys of what lay on dropped pages, erased or not. A value that is written in the place of another names that one
 * and not its key, and a document forgets the items of a page with it.
 */
export class DroppedKeys {
  private readonly byItem = new Map<string, DroppedKey>()

  constructor(doc: Y.Doc) {
    pagesOf(doc).observe(({ changes }) => {
      for (const { content } of changes.deleted) for (const map of mapsIn(content)) this.noteAll(map)
    })
  }

  keyOf(id: Y.ID): DroppedKey | null {
    return this.byItem.get(idText(id)) ?? null
  }

  note(id: Y.ID, where: DroppedKey): void {
    this.byItem.set(idText(id), where)
    const oldest = this.byItem.keys().next().value
    if (this.byItem.size > MAX_ITEMS && oldest !== undefined) this.byItem.delete(oldest)
  }

  private noteAll(strokes: Y.Map<unknown>): void {
    for (const [key, newest] of strokes._map) {
      const items: Y.Item[] = []
      for (let item: Y.Item | null = newest; item; item = item.left) items.push(item)
      const clientId = items.at(-1)?.id.client ?? newest.id.client
      for (const { id, length } of items)
        for (let i = Math.max(0, length - MAX_RUN); i < length; i++)
          this.note(Y.createID(id.client, id.clock + i), { key, clientId })
    }
  }
}

/** The maps of a page, which is gone already, but not yet from memory. */
function mapsIn(content: Y.Item['content']): Y.Map<unknown>[] {
  if (!(content instanceof Y.ContentType) || !(content.type instanceof Y.Map)) return []
  return [...content.type._map.values()].flatMap(({ content: inner }) =>
    inner instanceof Y.ContentType && inner.type instanceof Y.Map ? [inner.type as Y.Map<unknown>] : [],
  )
}
