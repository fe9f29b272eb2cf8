import * as Y from 'yjs'
import { amendedStrokeOf } from '../../shared/canvas/amend.ts'
import {
  origins,
  pageIdOf,
  pagesOf,
  rawStrokes,
  removeStroke,
  strokesOf,
  type Page,
} from '../../shared/canvas/schema.ts'
import type { CarriedStroke, InspectedUpdate } from './inspect-update.ts'

/**
 * A stroke lies on one page. Its drawer, who was away while its page went, and the server may each have put it on the
 * page that was the current one to them: it stays on one that is `held`, else on the latest, with what was done to it.
 * To be called once the whole update is applied: what moves a stroke also takes it away where it was.
 */
export function keepOnOnePage(
  doc: Y.Doc,
  { strokes }: Pick<InspectedUpdate, 'strokes'>,
  held: { has(pageId: string): boolean },
): void {
  const pages = pagesOf(doc).toArray()
  if (pages.length < 2) return
  const strokeIds = new Set(strokes.flatMap((carried) => strokeIdOf(doc, carried) ?? []))
  for (const strokeId of strokeIds) {
    const on = pages.filter((page) => strokesOf(page)?.has(strokeId) === true)
    const kept = on.findLast((page) => held.has(pageIdOf(page))) ?? on.at(-1)
    if (on.length < 2 || !kept) continue
    doc.transact(() => {
      for (const page of on) if (page !== kept) moveAmendments(page, kept, strokeId)
    }, origins.server)
  }
}

function moveAmendments(from: Page, to: Page, strokeId: string): void {
  const there = strokesOf(to)
  for (const [key, bytes] of rawStrokes(from)) {
    if (amendedStrokeOf(key) === strokeId && there?.has(key) === false) there.set(key, bytes)
  }
  removeStroke(from, strokeId)
}

/** The key of a stroke, which one that replaces another does not carry itself. */
function strokeIdOf(doc: Y.Doc, { strokeId, clientId, clock }: CarriedStroke): string | null {
  if (strokeId !== null || clock >= Y.getState(doc.store, clientId)) return strokeId
  const item: unknown = Y.getItem(doc.store, Y.createID(clientId, clock))
  return item instanceof Y.Item ? item.parentSub : null
}
