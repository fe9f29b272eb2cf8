import {
  MAX_AMENDMENTS_PER_PAGE,
  MAX_CANVAS_BYTES,
  MAX_PAGES_PER_CANVAS,
  MAX_POINTS_PER_PAGE,
  MAX_STROKES_PER_PAGE,
} from '../../shared/canvas/limits.ts'
import type { CanvasLedger, PageCount } from './canvas-ledger.ts'
import {
  type CarriedAmendment,
  type CarriedStroke,
  type InspectedUpdate,
  UpdateRefused,
} from './inspect-update.ts'

/** Pages a document may hold for a moment above the limit, until the oldest are tidied away. */
const PAGE_SLACK = 20
/** A full page is followed by a clean one; what was drawn before people saw that still fits. */
const SLACK = 1.1
/** Most bytes a struct adds to its content in an encoded document, its key and its erasure included. */
const STRUCT_BYTES = 100

/** The clock from which structs of a Yjs client are new to the document. */
export type Known = (clientId: number) => number

/** Bytes by which an update can make the encoded document longer. */
export function addedBytes(update: InspectedUpdate, bytes: number, known: Known): number {
  let added = 0
  for (const [clientId, { from, to }] of update.clients) {
    added += Math.max(0, to - Math.max(from, known(clientId))) * STRUCT_BYTES
  }
  for (const carried of [...update.strokes, ...update.amendments]) {
    if (carried.clock >= known(carried.clientId)) added += carried.bytes.byteLength
  }
  return Math.min(added, bytes)
}

/**
 * Holds an update that has not been applied against the limits of a page and of the number of pages.
 * @throws UpdateRefused naming the limit that the document would pass.
 */
export function checkPages(ledger: CanvasLedger, update: InspectedUpdate, known: Known): void {
  const isNew = ({ clientId, clock }: { clientId: number; clock: number }): boolean =>
    clock >= known(clientId)
  if (ledger.pageCount + update.pages.filter(isNew).length > MAX_PAGES_PER_CANVAS + PAGE_SLACK) {
    throw refusal('canvas-pages', `a canvas holds at most ${String(MAX_PAGES_PER_CANVAS)} pages`)
  }
  for (const [mapId, more] of addedByPage(ledger, update, isNew)) {
    const now = ledger.ofMap(mapId)
    if (more.strokes + (now?.strokes ?? 0) > MAX_STROKES_PER_PAGE * SLACK) {
      throw refusal('page-strokes', `a page holds at most ${String(MAX_STROKES_PER_PAGE)} strokes`)
    }
    if (more.points + (now?.points ?? 0) > MAX_POINTS_PER_PAGE * SLACK) {
      throw refusal('page-points', `a page holds at most ${String(MAX_POINTS_PER_PAGE)} points`)
    }
    if (more.amendments + (now?.amendments ?? 0) > MAX_AMENDMENTS_PER_PAGE * SLACK) {
      throw refusal(
        'page-amendments',
        `a page holds at most ${String(MAX_AMENDMENTS_PER_PAGE)} changes of strokes`,
      )
    }
  }
}

/** Whether a document of `bytes` keeps to the limit. */
export function fits(bytes: number): boolean {
  return bytes <= MAX_CANVAS_BYTES
}

/** For a document whose bytes do not fit. */
export function bytesRefused(): UpdateRefused {
  return refusal('canvas-bytes', `a canvas holds at most ${String(MAX_CANVAS_BYTES)} bytes`)
}

type Added = Omit<PageCount, 'bytes'>

/** What an update puts on each page and does not erase again, by the map that it goes into. */
function addedByPage(
  ledger: CanvasLedger,
  { strokes, amendments }: InspectedUpdate,
  isNew: (id: { clientId: number; clock: number }) => boolean,
): Map<string, Added> {
  const added = new Map<string, Added>()
  const add = (carried: CarriedStroke | CarriedAmendment, more: Added): void => {
    if (carried.erased || !isNew(carried)) return
    const place = carried.after && ledger.placeOf(carried.after)
    const mapId = carried.mapId ?? place?.mapId
    if (mapId === undefined) return
    const sum = added.get(mapId) ?? { strokes: 0, points: 0, amendments: 0 }
    const one = place?.taken === true ? 0 : 1
    added.set(mapId, {
      strokes: sum.strokes + more.strokes * one,
      points: sum.points + more.points,
      amendments: sum.amendments + more.amendments * one,
    })
  }
  for (const stroke of strokes) add(stroke, { strokes: 1, points: stroke.points, amendments: 0 })
  for (const amendment of amendments) add(amendment, { strokes: 0, points: 0, amendments: 1 })
  return added
}

function refusal(limit: UpdateRefused['limit'], message: string): UpdateRefused {
  return new UpdateRefused(message, { limit })
}
