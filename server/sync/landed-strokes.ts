import * as Y from 'yjs'
import { amendedStrokeOf } from '../../shared/canvas/amend.ts'
import {
  currentPage,
  findPage,
  firstItem,
  origins,
  pagesOf,
  strokesOf,
  type PageStrokes,
} from '../../shared/canvas/schema.ts'
import { DroppedKeys, type DroppedKey } from './dropped-keys.ts'
import type { Overlooked } from './overlooked-strokes.ts'
import type { CarriedAmendment, CarriedStroke, InspectedUpdate } from './inspect-update.ts'

const MAX_REWRITTEN = 1_000

/** What came too late for its page; `clientId` wrote it first. */
interface Stray {
  readonly key: string
  readonly clientId: number
  readonly bytes: Uint8Array
}

/**
 * Strokes whose page was dropped while they were on their way, and who drew them: the server writes them to the
 * current page in their drawer's place.
 */
export class LandedStrokes {
  /** Drawers of strokes that the server itself wrote to a page, by stroke id. */
  private readonly rewritten = new Map<string, string>()
  private readonly dropped: DroppedKeys

  constructor(
    private readonly doc: Y.Doc,
    private readonly drawerOf: (clientId: number) => string | undefined,
  ) {
    this.dropped = new DroppedKeys(doc)
  }

  /**
   * To be called after an update was applied; `before`: the clocks known until then, by client. What was done to a
   * stroke that landed lands with it.
   */
  land({ strokes, amendments }: InspectedUpdate, before: ReadonlyMap<number, number>): void {
    const target = this.currentStrokes()
    if (!target) return
    const strayed = <T extends CarriedStroke | CarriedAmendment>(
      carried: readonly T[],
      keyOf: (one: T) => string | null,
    ): Stray[] =>
      carried.flatMap((one) => {
        const { clientId, clock, erased, bytes } = one
        const isNew = clock >= (before.get(clientId) ?? 0) && clock < Y.getState(this.doc.store, clientId)
        const where = isNew ? this.placeOf(one, keyOf(one)) : null
        return where && !erased && !this.holds(where.key) ? [{ ...where, bytes }] : []
      })
    const strays = strayed(strokes, ({ strokeId }) => strokeId)
    this.put(target, [...strays, ...strayed(amendments, ({ key }) => key)])
  }

  /** To be called after an update was applied, with what it took away unseen. */
  rescue(overlooked: readonly Overlooked[]): void {
    const target = this.currentStrokes()
    if (!target) return
    this.put(
      target,
      overlooked.filter(({ key }) => !this.holds(key)),
    )
  }

  /** The people known to have drawn the strokes of a page, whoever moved or cut them since. */
  contributorsOf(pageId: string): string[] {
    return [...new Set(this.drawersOf(pageId).values())]
  }

  /** The same by stroke id. */
  drawersOf(pageId: string): Map<string, string> {
    const page = findPage(this.doc, pageId)
    const strokes = page && strokesOf(page)
    const drawers = new Map<string, string>()
    strokes?.forEach((_bytes, key) => {
      if (amendedStrokeOf(key) !== null) return
      const item = firstItem(strokes, key)
      const userId = this.rewritten.get(key) ?? (item && this.drawerOf(item.id.client))
      if (userId !== undefined) drawers.set(key, userId)
    })
    return drawers
  }

  /** Remembers who drew a stroke that the server itself writes to a page. */
  attribute(strokeId: string, userId: string | undefined): void {
    if (userId === undefined) return
    this.rewritten.set(strokeId, userId)
    const oldest = this.rewritten.keys().next().value
    if (this.rewritten.size > MAX_REWRITTEN && oldest !== undefined) this.rewritten.delete(oldest)
  }

  /** Where a value lies, or lay: what replaces something on a page that is gone names that alone. */
  private placeOf(
    { clientId, clock, after }: CarriedStroke | CarriedAmendment,
    key: string | null,
  ): DroppedKey | null {
    const where = key === null ? after && this.dropped.keyOf(after) : { key, clientId }
    // What takes its place may come with a later update, and name it alone.
    if (where && (key === null || !this.holds(key))) this.dropped.note(Y.createID(clientId, clock), where)
    return where
  }

  /** Puts strokes on a page, and what was done to strokes where those are; what was done to one that is gone goes too. */
  private put(target: PageStrokes, strays: readonly Stray[]): void {
    const coming = new Set(strays.map(({ key }) => key))
    const placed = strays.flatMap((stray) => {
      const strokeId = amendedStrokeOf(stray.key)
      const there = strokeId === null || coming.has(strokeId) ? target : this.strokesWith(strokeId)
      return there ? [{ ...stray, strokeId, there }] : []
    })
    if (placed.length === 0) return
    this.doc.transact(() => {
      for (const { key, bytes, clientId, strokeId, there } of placed) {
        there.set(key, bytes)
        if (strokeId === null) this.attribute(key, this.rewritten.get(key) ?? this.drawerOf(clientId))
      }
    }, origins.server)
  }

  private currentStrokes(): PageStrokes | null {
    const page = currentPage(this.doc)
    return page && strokesOf(page)
  }

  private holds(key: string): boolean {
    return this.strokesWith(key) !== null
  }

  /** Those of the latest page that has this key. */
  private strokesWith(key: string): PageStrokes | null {
    const page = pagesOf(this.doc)
      .toArray()
      .findLast((one) => strokesOf(one)?.has(key) === true)
    return page ? strokesOf(page) : null
  }
}
