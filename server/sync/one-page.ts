import * as Y from 'yjs'
import { amendedStrokeOf } from '../../shared/canvas/amend.ts'
import { carryStroke, origins, pageIdOf, pagesOf, strokesOf, type Page } from '../../shared/canvas/schema.ts'
import type { CarriedAmendment, CarriedStroke, InspectedUpdate } from './inspect-update.ts'

/** Strokes of others in first syncs that are remembered, the newest. */
const MAX_SEEN = 2_000

/**
 * A stroke lies on one page. Its drawer, who was away while its page went, and the server may each have put it on the
 * page that was the current one to them. It stays where others had seen it, else on a page that is `held`, else on
 * the latest one, with what was done to it.
 */
export class OnePage {
  /** The page where somebody else has seen a stroke, by stroke id. */
  private readonly seen = new Map<string, string>()

  constructor(
    private readonly doc: Y.Doc,
    private readonly held: { has(pageId: string): boolean },
    private readonly drawerOf: (clientId: number) => string | undefined,
  ) {}

  /** To be called once a first sync is applied: what it brings of others its bringer has seen, and may label. */
  note({ strokes }: Pick<InspectedUpdate, 'strokes'>, bringerId: string): void {
    for (const { strokeId, clientId, clock } of strokes) {
      if (strokeId === null || this.drawerOf(clientId) === bringerId) continue
      const parent = itemOf(this.doc, clientId, clock)?.parent
      const pageId = parent instanceof Y.Map ? pageIdOf(parent.parent) : ''
      if (pageId !== '') this.seen.set(strokeId, pageId)
    }
    for (const oldest of this.seen.keys()) {
      if (this.seen.size <= MAX_SEEN) return
      this.seen.delete(oldest)
    }
  }

  /** To be called once the whole update is applied: what moves a stroke also takes it away where it was. */
  keep({ strokes, amendments }: Pick<InspectedUpdate, 'strokes' | 'amendments'>): void {
    const pages = pagesOf(this.doc).toArray()
    if (pages.length < 2) return
    const strokeIds = new Set(strokes.flatMap((carried) => keyOf(this.doc, carried, carried.strokeId) ?? []))
    for (const strokeId of strokeIds) this.keepStroke(pages, strokeId)
    const amended = new Set(amendments.flatMap((carried) => keyOf(this.doc, carried, carried.key) ?? []))
    for (const key of amended) followStroke(this.doc, pages, key)
  }

  private keepStroke(pages: readonly Page[], strokeId: string): void {
    const on = pages.filter((page) => strokesOf(page)?.has(strokeId) === true)
    const seenOn = this.seen.get(strokeId)
    const kept =
      on.find((page) => pageIdOf(page) === seenOn) ??
      on.findLast((page) => this.held.has(pageIdOf(page))) ??
      on.at(-1)
    if (on.length < 2 || !kept) return
    this.doc.transact(() => {
      for (const page of on) if (page !== kept) carryStroke(page, kept, strokeId)
    }, origins.server)
  }
}

/** What was done to a stroke on the page it lay on before goes to where it lies now. */
function followStroke(doc: Y.Doc, pages: readonly Page[], key: string): void {
  const strokeId = amendedStrokeOf(key)
  const from = pages.find((page) => strokesOf(page)?.has(key) === true)
  const there = pages.map(strokesOf).find((strokes) => strokeId !== null && strokes?.has(strokeId) === true)
  const here = from && strokesOf(from)
  const bytes = here?.get(key)
  if (!here || !there || !bytes || here === there) return
  doc.transact(() => {
    if (!there.has(key)) there.set(key, bytes)
    here.delete(key)
  }, origins.server)
}

/** The key of a value, which one that replaces another does not carry itself. */
function keyOf(
  doc: Y.Doc,
  { clientId, clock }: CarriedStroke | CarriedAmendment,
  key: string | null,
): string | null {
  return key ?? itemOf(doc, clientId, clock)?.parentSub ?? null
}

function itemOf(doc: Y.Doc, clientId: number, clock: number): Y.Item | null {
  if (clock >= Y.getState(doc.store, clientId)) return null
  const item: unknown = Y.getItem(doc.store, Y.createID(clientId, clock))
  return item instanceof Y.Item ? item : null
}
