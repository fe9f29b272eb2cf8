import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { MAX_POINTS_PER_STROKE, PAGE_MARGIN, PAGE_SIZE } from './limits.ts'
import type { Stroke } from './stroke.ts'

const FORMAT = 1
const HAS_PRESSURE = 0x10
const HAS_TIMES = 0x20
const STEPS_PER_PIXEL = 8
/** Longest a stroke may take: whole ms up to here are exact in a Float32Array (4.6 hours). */
const LONGEST_MS = 2 ** 24
const LEAST = -PAGE_MARGIN * STEPS_PER_PIXEL
const MOST = (PAGE_SIZE + PAGE_MARGIN) * STEPS_PER_PIXEL

/** Bytes that are no stroke: cut short, of an unknown format, over a limit or off the page. */
export class StrokeCodecError extends Error {
  override readonly name = 'StrokeCodecError'
}

/** Nearest multiple of 1/8 page pixel inside the drawable area, the grid all stored points lie on; 0 for NaN. */
export function snap(pixel: number): number {
  if (Number.isNaN(pixel)) return 0
  return Math.min(MOST, Math.max(LEAST, Math.round(pixel * STEPS_PER_PIXEL))) / STEPS_PER_PIXEL
}

/**
 * Encodes a stroke: a format byte with flags, the point count, `at`, then per point the zigzag varint deltas of x
 * and y in 1/8 page pixels, then pressures as one byte a point, then time deltas in whole ms. Lossless for
 * points on the `snap` grid, pressures in 1/255 and ascending whole ms.
 */
export function encodeStroke(stroke: Stroke): Uint8Array {
  const { xs, ys, pressures, times } = stroke
  return encoding.encode((out) => {
    encoding.writeUint8(out, FORMAT | (pressures ? HAS_PRESSURE : 0) | (times ? HAS_TIMES : 0))
    encoding.writeVarUint(out, xs.length)
    encoding.writeVarUint(out, wholeMs(stroke.at, Number.MAX_SAFE_INTEGER))
    writePoints(out, xs, ys, 0, xs.length)
    if (pressures) for (const pressure of pressures) encoding.writeUint8(out, toByte(pressure))
    if (times) writeTimes(out, times)
  })
}

/** @throws StrokeCodecError naming what is wrong with the bytes. */
export function decodeStroke(bytes: Uint8Array): Stroke {
  try {
    const from = decoding.createDecoder(bytes)
    const head = decoding.readUint8(from)
    if ((head & 0x0f) !== FORMAT) throw new StrokeCodecError(`unknown stroke format ${String(head & 0x0f)}`)
    const count = decoding.readVarUint(from)
    if (count < 1 || count > MAX_POINTS_PER_STROKE) {
      throw new StrokeCodecError(
        `a stroke has 1 to ${String(MAX_POINTS_PER_STROKE)} points, not ${String(count)}`,
      )
    }
    const at = decoding.readVarUint(from)
    const { xs, ys } = readPoints(from, count)
    const pressures = head & HAS_PRESSURE ? new Float32Array(count) : null
    if (pressures) for (let i = 0; i < count; i++) pressures[i] = decoding.readUint8(from) / 255
    const times = head & HAS_TIMES ? readTimes(from, count) : null
    if (decoding.hasContent(from)) throw new StrokeCodecError('bytes after the end of the stroke')
    return { at, xs, ys, pressures, times }
  } catch (cause) {
    if (cause instanceof StrokeCodecError) throw cause
    throw new StrokeCodecError('the stroke is cut short', { cause })
  }
}

/** Writes points `from` to `to` (exclusive), the first one absolute and each further one as a delta. */
export function writePoints(
  out: encoding.Encoder,
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  from: number,
  to: number,
): void {
  let lastX = 0
  let lastY = 0
  for (let i = from; i < to; i++) {
    const x = Math.round(snap(xs[i] ?? 0) * STEPS_PER_PIXEL)
    const y = Math.round(snap(ys[i] ?? 0) * STEPS_PER_PIXEL)
    encoding.writeVarInt(out, x - lastX)
    encoding.writeVarInt(out, y - lastY)
    lastX = x
    lastY = y
  }
}

/** @throws StrokeCodecError for a point off the drawable area. */
export function readPoints(from: decoding.Decoder, count: number): { xs: Float32Array; ys: Float32Array } {
  const xs = new Float32Array(count)
  const ys = new Float32Array(count)
  let x = 0
  let y = 0
  for (let i = 0; i < count; i++) {
    x += decoding.readVarInt(from)
    y += decoding.readVarInt(from)
    if (x < LEAST || x > MOST || y < LEAST || y > MOST)
      throw new StrokeCodecError('a point lies off the page')
    xs[i] = x / STEPS_PER_PIXEL
    ys[i] = y / STEPS_PER_PIXEL
  }
  return { xs, ys }
}

function writeTimes(out: encoding.Encoder, times: Float32Array): void {
  let last = 0
  for (const time of times) {
    const now = Math.max(last, wholeMs(time, LONGEST_MS))
    encoding.writeVarUint(out, now - last)
    last = now
  }
}

function readTimes(from: decoding.Decoder, count: number): Float32Array {
  const times = new Float32Array(count)
  let now = 0
  for (let i = 0; i < count; i++) {
    now += decoding.readVarUint(from)
    times[i] = now
  }
  return times
}

/** Whole ms in 0 to `most`, 0 for NaN: an infinite number would never end as a varint. */
function wholeMs(ms: number, most: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(most, Math.max(0, Math.round(ms)))
}

function toByte(unit: number): number {
  return Math.min(255, Math.max(0, Math.round(unit * 255)))
}
