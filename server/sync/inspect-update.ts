import * as Y from 'yjs'
import {
  amendedStrokeOf,
  AmendmentError,
  checkKey,
  decodeAmendment,
  isAmendment,
} from '../../shared/canvas/amend.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import { MAX_POINTS_PER_STROKE, MAX_STROKE_BYTES } from '../../shared/canvas/limits.ts'
import { pagesOf } from '../../shared/canvas/schema.ts'
import type { LimitName } from '../rooms/ports.ts'
import { pointCount } from './point-count.ts'

/** An update that is no canvas content, or would take the canvas over a limit. Nothing of it was applied. */
export class UpdateRefused extends Error {
  override readonly name = 'UpdateRefused'
  /** What the refusal counts as. */
  readonly limit: LimitName

  constructor(message: string, options: { limit?: LimitName; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.limit = options.limit ?? 'not-canvas-content'
  }
}

/** A stroke as an update carries it. */
export interface CarriedStroke {
  readonly clientId: number
  readonly clock: number
  /** Null where the update replaces a stroke that it does not hold itself. */
  readonly strokeId: string | null
  /** `idText` of the map of strokes it is put into; null where the update replaces a stroke. */
  readonly mapId: string | null
  /** What it replaces, erased or not. */
  readonly after: Y.ID | null
  readonly bytes: Uint8Array
  readonly points: number
  /** Whether the same update also erases it. */
  readonly erased: boolean
}

/** A move or a cut of a stroke as an update carries it. */
export interface CarriedAmendment {
  readonly clientId: number
  readonly clock: number
  /** Null where the update replaces an amendment that it does not hold itself. */
  readonly key: string | null
  /** `idText` of the map of strokes it is put into; null where it replaces another. */
  readonly mapId: string | null
  /** What it replaces, taken back or not. */
  readonly after: Y.ID | null
  readonly bytes: Uint8Array
  /** Whether the same update also takes it back. */
  readonly erased: boolean
}

export interface InspectedUpdate {
  /** For each Yjs client the clocks its structs span: first, and the one after the last. */
  readonly clients: ReadonlyMap<number, { readonly from: number; readonly to: number }>
  readonly strokes: readonly CarriedStroke[]
  readonly amendments: readonly CarriedAmendment[]
  /** Pages the update makes. */
  readonly pages: readonly { readonly clientId: number; readonly clock: number }[]
  /** Items of more than one clock, of which a document may know a part. */
  readonly long: readonly { readonly clientId: number; readonly clock: number; readonly length: number }[]
  /** What the update erases: ranges of clocks by client. */
  readonly deletions: ReadonlyMap<number, readonly { readonly clock: number; readonly len: number }[]>
}

const ROOT = Y.findRootTypeKey(pagesOf(new Y.Doc()))
const MAX_TEXT = 64
const MAX_KEY = 64
/** Far above what anybody writes: what comes near the largest whole number could be encoded, and never read again. */
const MAX_CLOCK = 2 ** 40

/** A Yjs id as a key of maps. */
export function idText({ client, clock }: { readonly client: number; readonly clock: number }): string {
  return `${String(client)}:${String(clock)}`
}

/**
 * Reads an update without applying it and checks that every part is canvas content: maps below the array of
 * pages, short texts as identifiers, readable strokes, and amendments of strokes.
 * @throws UpdateRefused naming what is wrong.
 */
export function inspectUpdate(update: Uint8Array): InspectedUpdate {
  const { structs, ds } = decode(update)
  const clients = new Map<number, { from: number; to: number }>()
  const strokes: CarriedStroke[] = []
  const amendments: CarriedAmendment[] = []
  // A replacing value names what it replaces instead of its key.
  const keys = new Map<string, string>()
  const pages: { clientId: number; clock: number }[] = []
  const long: { clientId: number; clock: number; length: number }[] = []
  for (const struct of structs) {
    const { client, clock } = struct.id
    // Yjs would tell everybody of an erasure of nothing, over which it breaks off itself.
    if (struct.length === 0) throw new UpdateRefused('a part of the update holds nothing')
    checkEnd(clock + struct.length)
    if (struct instanceof Y.Skip) continue
    const span = clients.get(client)
    if (span) span.to = Math.max(span.to, clock + struct.length)
    else clients.set(client, { from: clock, to: clock + struct.length })
    if (!(struct instanceof Y.Item)) continue
    checkPlace(struct)
    if (struct.length > 1) long.push({ clientId: client, clock, length: struct.length })
    const parent: unknown = struct.parent
    const key = struct.parentSub ?? (struct.origin && keys.get(idText(struct.origin))) ?? null
    if (key !== null) keys.set(idText({ client, clock: clock + struct.length - 1 }), key)
    const { content } = struct
    if (content instanceof Y.ContentBinary) {
      if (typeof parent === 'string' && struct.parentSub === null) {
        throw new UpdateRefused('only pages belong among the pages')
      }
      const bytes = content.content
      const carried = {
        clientId: client,
        clock,
        mapId: parentIdOf(struct),
        after: struct.origin,
        bytes,
        erased: Y.isDeleted(ds, struct.id),
      }
      checkValue(key, bytes)
      if (isAmendment(bytes)) amendments.push({ ...carried, key })
      else strokes.push({ ...carried, strokeId: key, points: pointsOf(bytes) })
    } else if (content instanceof Y.ContentType) {
      if (!(content.type instanceof Y.Map)) throw new UpdateRefused('a canvas holds maps only')
      if (struct.parentSub === null) pages.push({ clientId: client, clock })
    } else if (content instanceof Y.ContentAny) {
      // The identifier of a page is written once: what replaces nothing and has no key lies among the pages.
      if (struct.parentSub === null) throw new UpdateRefused('only pages belong among the pages')
      checkTexts(content.arr)
    } else if (!(content instanceof Y.ContentDeleted)) {
      throw new UpdateRefused('this content has no place on a canvas')
    }
  }
  checkDeletions(ds.clients)
  return { clients, strokes, amendments, pages, long, deletions: ds.clients }
}

function decode(update: Uint8Array): ReturnType<typeof Y.decodeUpdate> {
  try {
    return Y.decodeUpdate(update)
  } catch (cause) {
    throw new UpdateRefused('the update cannot be read', { cause })
  }
}

/** Yjs breaks off over an erasure of nothing after it has applied all the rest. */
function checkDeletions(deletions: InspectedUpdate['deletions']): void {
  for (const ranges of deletions.values()) {
    for (const { clock, len } of ranges) {
      if (len === 0) throw new UpdateRefused('an update erases nothing')
      checkEnd(clock + len)
    }
  }
}

function checkEnd(clock: number): void {
  if (clock > MAX_CLOCK) throw new UpdateRefused('a Yjs client cannot have written that much')
}

function checkPlace(item: Y.Item): void {
  // An item read from an update names its parent by key, by ID, or (through its neighbours) not at all.
  const parent: unknown = item.parent
  for (const id of [item.origin, item.rightOrigin, parent]) {
    // Yjs looks for it where it cannot be yet, and breaks off.
    if (id instanceof Y.ID && id.client === item.id.client && id.clock >= item.id.clock)
      throw new UpdateRefused('a part of the update rests on what follows it')
  }
  if (typeof parent === 'string' && parent !== ROOT) {
    throw new UpdateRefused(`a canvas has no '${parent.slice(0, MAX_KEY)}'`)
  }
  if (item.parentSub !== null) tryRead(() => checkKey(item.parentSub ?? ''))
}

/** A stroke lies under its own key, an amendment under one made of its stroke's. */
function checkValue(key: string | null, bytes: Uint8Array): void {
  const amends = isAmendment(bytes)
  if (key !== null && (amendedStrokeOf(key) !== null) !== amends) {
    throw new UpdateRefused(
      amends ? 'a move or cut names no stroke' : 'a stroke has the key of a move or cut',
    )
  }
  if (amends) tryRead(() => decodeAmendment(bytes))
}

function parentIdOf(item: Y.Item): string | null {
  const parent: unknown = item.parent
  return parent instanceof Y.ID ? idText(parent) : null
}

/** The points of a readable stroke. */
function pointsOf(bytes: Uint8Array): number {
  const tooLong = (most: string): UpdateRefused =>
    new UpdateRefused(`a stroke has at most ${most}`, { limit: 'stroke-points' })
  if (bytes.byteLength > MAX_STROKE_BYTES) throw tooLong(`${String(MAX_STROKE_BYTES)} bytes`)
  if (pointCount(bytes) > MAX_POINTS_PER_STROKE) throw tooLong(`${String(MAX_POINTS_PER_STROKE)} points`)
  return tryRead(() => decodeStroke(bytes).xs.length)
}

/** @throws UpdateRefused for what cannot be read. */
function tryRead<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof StrokeCodecError || cause instanceof AmendmentError) {
      throw new UpdateRefused(cause.message, { cause })
    }
    throw cause
  }
}

function checkTexts(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value !== 'string' || value.length > MAX_TEXT) {
      throw new UpdateRefused('only strokes and identifiers belong on a canvas')
    }
  }
}
