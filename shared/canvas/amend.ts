import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { snap } from './codec.ts'
import { MAX_POINTS_PER_STROKE, PAGE_MARGIN, PAGE_SIZE } from './limits.ts'
import type { Stroke } from './stroke.ts'

/*
 * A stroke's bytes are never changed. What is done to it afterwards lies beside it, under keys of its own:
 *
 *   <stroke id>.at         where it was moved to; the last writer wins
 *   <stroke id>.<cut id>   a part that was rubbed out; cuts only add up, so that those of two people both hold
 */

/** How far a stroke lies from where it was drawn, page pixels. */
export interface Offset {
  readonly dx: number
  readonly dy: number
}

/** A part of a stroke that is gone, in positions along its points: 1.5 is halfway from point 1 to point 2. */
export interface Cut {
  readonly from: number
  readonly to: number
}

export type Amendment =
  { readonly kind: 'offset'; readonly offset: Offset } | { readonly kind: 'cut'; readonly cut: Cut }

/** Bytes or a key that are no amendment of a stroke. */
export class AmendmentError extends Error {
  override readonly name = 'AmendmentError'
}

/** Longest identifier of a stroke. */
export const MAX_STROKE_ID = 64
const MAX_SUFFIX = 16
const OFFSET_SUFFIX = 'at'

/** Set apart from the formats of strokes, since a replacing value does not carry its key. */
const OFFSET_FORMAT = 2
const CUT_FORMAT = 3
const STEPS_PER_PIXEL = 8
const STEPS_PER_POINT = 64
const LEAST = -PAGE_MARGIN
const MOST = PAGE_SIZE + PAGE_MARGIN
const FARTHEST = (MOST - LEAST) * STEPS_PER_PIXEL
const LAST_POSITION = (MAX_POINTS_PER_STROKE - 1) * STEPS_PER_POINT

export function offsetKey(strokeId: string): string {
  return `${strokeId}.${OFFSET_SUFFIX}`
}

/** `cutId`: at most 16 letters, and not `at`. */
export function cutKey(strokeId: string, cutId: string): string {
  return `${strokeId}.${cutId}`
}

/** The stroke that a key amends; null for the key of a stroke itself. */
export function amendedStrokeOf(key: string): string | null {
  const dot = key.indexOf('.')
  return dot < 0 ? null : key.slice(0, dot)
}

/** The stroke that a key is about: its own, or the one it amends. */
export function strokeIdOf(key: string): string {
  return amendedStrokeOf(key) ?? key
}

/** @throws AmendmentError for a key that is neither a stroke's nor an amendment's. */
export function checkKey(key: string): void {
  const [strokeId = '', suffix, ...more] = key.split('.')
  if (strokeId.length > MAX_STROKE_ID || (suffix?.length ?? 0) > MAX_SUFFIX) {
    throw new AmendmentError('a key is too long')
  }
  if (strokeId === '' || suffix === '' || more.length > 0) throw new AmendmentError('a key names no stroke')
}

/** Whether bytes claim to be an amendment rather than a stroke. */
export function isAmendment(bytes: Uint8Array): boolean {
  return bytes[0] === OFFSET_FORMAT || bytes[0] === CUT_FORMAT
}

/** In 1/8 page pixels, held within the drawable area's size. */
export function encodeOffset({ dx, dy }: Offset): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeUint8(out, OFFSET_FORMAT)
    for (const d of [dx, dy]) encoding.writeVarInt(out, clamp(d * STEPS_PER_PIXEL, -FARTHEST, FARTHEST))
  })
}

/** In 1/64 of the way between two points. */
export function encodeCut({ from, to }: Cut): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeUint8(out, CUT_FORMAT)
    for (const at of [from, to]) encoding.writeVarUint(out, clamp(at * STEPS_PER_POINT, 0, LAST_POSITION))
  })
}

/** @throws AmendmentError naming what is wrong with the bytes. */
export function decodeAmendment(bytes: Uint8Array): Amendment {
  try {
    const from = decoding.createDecoder(bytes)
    const format = decoding.readUint8(from)
    const amendment =
      format === OFFSET_FORMAT ? readOffset(from) : format === CUT_FORMAT ? readCut(from) : null
    if (!amendment) throw new AmendmentError(`unknown amendment format ${String(format)}`)
    if (decoding.hasContent(from)) throw new AmendmentError('the amendment has a wrong length')
    return amendment
  } catch (cause) {
    if (cause instanceof AmendmentError) throw cause
    throw new AmendmentError('the amendment is cut short', { cause })
  }
}

/** Sorted, and joined where they overlap or touch. */
export function mergeCuts(cuts: readonly Cut[]): Cut[] {
  const merged: Cut[] = []
  for (const cut of [...cuts].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && cut.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, cut.to) }
    else merged.push(cut)
  }
  return merged
}

/**
 * What is left of a stroke, in the order of its points; a stroke that nothing was done to comes back as it is. Ends are interpolated and
 * lie on the codec's grid. An offset is held back where it would carry the stroke off the drawable area.
 */
export function amend(stroke: Stroke, offset: Offset | null, cuts: readonly Cut[]): readonly Stroke[] {
  const last = stroke.xs.length - 1
  const moved = offset ? shift(stroke, offset) : stroke
  if (cuts.length === 0) return [moved]
  if (last === 0) return cuts.some(({ from }) => from <= 0) ? [] : [moved]
  const pieces: Stroke[] = []
  let from = 0
  for (const cut of [...mergeCuts(cuts), { from: last, to: last }]) {
    const to = Math.min(last, cut.from)
    if (from === 0 && to === last) return [moved]
    const piece = to > from ? slice(moved, from, to) : null
    if (piece && hasLength(piece)) pieces.push(piece)
    from = Math.max(from, cut.to)
  }
  return pieces
}

function readOffset(from: decoding.Decoder): Amendment {
  const dx = decoding.readVarInt(from)
  const dy = decoding.readVarInt(from)
  if (Math.abs(dx) > FARTHEST || Math.abs(dy) > FARTHEST)
    throw new AmendmentError('an offset leads off the page')
  return { kind: 'offset', offset: { dx: (dx || 0) / STEPS_PER_PIXEL, dy: (dy || 0) / STEPS_PER_PIXEL } }
}

function readCut(decoder: decoding.Decoder): Amendment {
  const from = decoding.readVarUint(decoder)
  const to = decoding.readVarUint(decoder)
  if (from > to || to > LAST_POSITION) throw new AmendmentError('a cut leads past the end of a stroke')
  return { kind: 'cut', cut: { from: from / STEPS_PER_POINT, to: to / STEPS_PER_POINT } }
}

function shift(stroke: Stroke, { dx, dy }: Offset): Stroke {
  return { ...stroke, xs: shiftAll(stroke.xs, dx), ys: shiftAll(stroke.ys, dy) }
}

function shiftAll(values: Float32Array, by: number): Float32Array {
  let least = Infinity
  let most = -Infinity
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const held = Math.min(MOST - most, Math.max(LEAST - least, by))
  return values.map((value) => snap(value + held))
}

function slice(stroke: Stroke, from: number, to: number): Stroke {
  const positions = [from]
  for (let i = Math.floor(from) + 1; i < to; i++) positions.push(i)
  positions.push(to)
  const along = (values: Float32Array, settle: (value: number) => number): Float32Array =>
    Float32Array.from(positions, (at) => {
      const i = Math.floor(at)
      const before = values[i] ?? 0
      return at === i ? before : settle(before + (at - i) * ((values[i + 1] ?? before) - before))
    })
  return {
    at: stroke.at,
    xs: along(stroke.xs, snap),
    ys: along(stroke.ys, snap),
    pressures: stroke.pressures && along(stroke.pressures, (unit) => Math.round(unit * 255) / 255),
    times: stroke.times && along(stroke.times, Math.round),
  }
}

function hasLength({ xs, ys }: Stroke): boolean {
  return xs.some((x, i) => x !== xs[0] || ys[i] !== ys[0])
}

function clamp(value: number, least: number, most: number): number {
  return Number.isNaN(value) ? 0 : Math.min(most, Math.max(least, Math.round(value)))
}
