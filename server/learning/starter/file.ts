import { createHash } from 'node:crypto'
import * as z from 'zod'
import { recipes } from '../../../shared/raster/recipe.ts'
import { weightCount } from '../../../shared/training/layout.ts'
import { LearningError } from '../errors.ts'
import { decodeHalf, encodeHalf } from '../model/half.ts'

const headerSchema = z.object({
  format: z.literal(1),
  classes: z.array(z.string()).min(1).max(1000),
  rasterVersion: z.int(),
  recipe: z.enum(recipes),
  seed: z.int(),
  epochs: z.number(),
  /** Logits are divided by this before the softmax, so that a confidence is a share of right guesses. */
  temperature: z.number().positive(),
  /** SHA-256 of the weights' bytes, hexadecimal. */
  checksum: z.string(),
})
export type StarterHeader = z.infer<typeof headerSchema>

/** A starter model: its header and its weights in the layout of family `cnn`. */
export interface StarterModel extends StarterHeader {
  readonly weights: Float32Array<ArrayBuffer>
}

/** The file: length of the header (32 bits, little-endian), header as JSON, weights as half floats. */
export function encodeStarter(
  header: Omit<StarterHeader, 'format' | 'checksum'>,
  weights: Float32Array,
): Uint8Array<ArrayBuffer> {
  const body = encodeHalf(weights)
  const full: StarterHeader = { format: 1, ...header, checksum: sha256(body) }
  const json = new TextEncoder().encode(JSON.stringify(full))
  const bytes = new Uint8Array(4 + json.length + body.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 4)
  bytes.set(body, 4 + json.length)
  return bytes
}

/**
 * Reads what `encodeStarter` made.
 * @throws LearningError `starter-damaged`, naming `file` and what is wrong about it
 */
export function decodeStarter(bytes: Uint8Array, file: string): StarterModel {
  const fail = (what: string, cause?: unknown): Error =>
    new LearningError('starter-damaged', `${file} is no starter model: ${what}`, { cause })
  if (bytes.length < 4) throw fail('it is cut short')
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
  if (length > bytes.length - 4) throw fail('it is cut short')
  const header = readHeader(bytes.subarray(4, 4 + length), fail)
  const body = bytes.subarray(4 + length)
  if (body.length !== weightCount({ family: 'cnn', classes: header.classes.length }) * 2)
    throw fail(`${body.length} bytes of weights for ${header.classes.length} classes`)
  if (sha256(body) !== header.checksum) throw fail('its weights do not match their checksum')
  return { ...header, weights: decodeHalf(body) }
}

function readHeader(bytes: Uint8Array, fail: (what: string, cause?: unknown) => Error): StarterHeader {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw fail('its header is no JSON', error)
  }
  const parsed = headerSchema.safeParse(json)
  if (!parsed.success) throw fail('its header lacks something', parsed.error)
  return parsed.data
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
