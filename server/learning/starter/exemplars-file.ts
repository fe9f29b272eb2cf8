import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { LearningError } from '../errors.ts'
import type { StrokePath } from '../service.ts'

const FORMAT = 1
const STEPS_PER_PIXEL = 8

/** Drawings by class index, each a list of strokes. */
export type Exemplars = readonly (readonly (readonly StrokePath[])[])[]

/**
 * Drawings with where they come from: a format byte, the licence, then by class, drawing and stroke the number of
 * parts, and points as zigzag varint deltas in 1/8 of their unit.
 */
export function encodeExemplars(exemplars: Exemplars, licence: string): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeUint8(out, FORMAT)
    encoding.writeVarString(out, licence)
    encoding.writeVarUint(out, exemplars.length)
    for (const drawings of exemplars) {
      encoding.writeVarUint(out, drawings.length)
      for (const strokes of drawings) {
        encoding.writeVarUint(out, strokes.length)
        for (const stroke of strokes) writeStroke(out, stroke)
      }
    }
  })
}

/** @throws LearningError `starter-damaged`, naming `file`, for bytes that are no exemplars */
export function decodeExemplars(bytes: Uint8Array, file: string): Exemplars {
  try {
    const from = decoding.createDecoder(bytes)
    const format = decoding.readUint8(from)
    if (format !== FORMAT) throw new Error(`unknown format ${format}`)
    decoding.readVarString(from)
    const exemplars = readList(from, () => readList(from, () => readList(from, () => readStroke(from))))
    if (decoding.hasContent(from)) throw new Error('bytes after the end')
    return exemplars
  } catch (cause) {
    throw new LearningError('starter-damaged', `${file} holds no exemplars: it is damaged`, { cause })
  }
}

function writeStroke(out: encoding.Encoder, { xs, ys }: StrokePath): void {
  encoding.writeVarUint(out, xs.length)
  let lastX = 0
  let lastY = 0
  for (let index = 0; index < xs.length; index++) {
    const x = Math.round((xs[index] ?? 0) * STEPS_PER_PIXEL)
    const y = Math.round((ys[index] ?? 0) * STEPS_PER_PIXEL)
    encoding.writeVarInt(out, x - lastX)
    encoding.writeVarInt(out, y - lastY)
    lastX = x
    lastY = y
  }
}

function readStroke(from: decoding.Decoder): StrokePath {
  const points = readList(from, () => [decoding.readVarInt(from), decoding.readVarInt(from)] as const)
  const xs = new Float32Array(points.length)
  const ys = new Float32Array(points.length)
  let x = 0
  let y = 0
  points.forEach(([moveX, moveY], index) => {
    x += moveX
    y += moveY
    xs[index] = x / STEPS_PER_PIXEL
    ys[index] = y / STEPS_PER_PIXEL
  })
  return { xs, ys }
}

function readList<T>(from: decoding.Decoder, read: () => T): T[] {
  const count = decoding.readVarUint(from)
  const items: T[] = []
  for (let index = 0; index < count; index++) items.push(read())
  return items
}
