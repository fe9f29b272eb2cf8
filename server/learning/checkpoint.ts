import { createHash } from 'node:crypto'
import { RASTER_VERSION } from '../../shared/raster/rasterise.ts'
import { weightCount } from '../../shared/training/layout.ts'
import { checkpointHeaderSchema, parseHeader, type CheckpointHeader } from './checkpoint-header.ts'
import { LearningError } from './errors.ts'
import { decodeJob, encodeJob, jobValues } from './trainer/job-state.ts'
import { allFinite } from './trainer/learner.ts'
import type { TrainingState } from './trainer/state.ts'

/*
 * A checkpoint is one blob, little-endian:
 *
 *   'TBCK'  u32 format  u32 bytes of header  u32 bytes of sections  32 bytes SHA-256 of all that follows
 *   header: JSON, padded with spaces to a multiple of 4
 *   sections of float32: weights, their average, the optimiser's first and second moments, the serving weights where
 *   they are neither of the first two, and those of a full training
 */
const MAGIC = 0x4b434254
const FORMAT = 2
const OLDEST_FORMAT = 1
const PREFIX = 16
const HASH = 32
const START = PREFIX + HASH

/** A blob that is no checkpoint this server can go on from. */
function damaged(what: string, cause?: unknown): LearningError {
  return new LearningError('checkpoint-damaged', `the checkpoint ${what}`, { cause })
}

/** The exact state as bytes. */
export function encodeCheckpoint(state: TrainingState): Uint8Array<ArrayBuffer> {
  const servedIs = sameValues(state.served.weights, state.average)
    ? 'average'
    : sameValues(state.served.weights, state.weights)
      ? 'weights'
      : 'own'
  const job = state.job && encodeJob(state.job)
  const sections = [
    state.weights,
    state.average,
    state.optimiser.first,
    state.optimiser.second,
    ...(servedIs === 'own' ? [state.served.weights] : []),
    ...(job?.sections ?? []),
  ]
  const header = Buffer.from(padded(JSON.stringify(headerOf(state, servedIs, job?.header ?? null))))
  const body = sections.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const blob = new Uint8Array(START + header.length + body)
  blob.set(header, START)
  let at = START + header.length
  for (const { buffer, byteOffset, byteLength } of sections) {
    blob.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += byteLength
  }
  const view = new DataView(blob.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, FORMAT, true)
  view.setUint32(8, header.length, true)
  view.setUint32(12, body, true)
  blob.set(createHash('sha256').update(blob.subarray(START)).digest(), PREFIX)
  return blob
}

/**
 * The state of a checkpoint.
 * @throws LearningError `checkpoint-damaged` naming what is wrong with the bytes.
 */
export function decodeCheckpoint(blob: Uint8Array): TrainingState {
  const { header, sections } = readSections(blob)
  const { rasterVersion, served: servedHeader, optimiser, learnedTo, job, ...rest } = header
  if (rasterVersion !== RASTER_VERSION)
    throw damaged(`was made with raster version ${rasterVersion}, this server has ${RASTER_VERSION}`)
  const count = weightCount({ family: header.family, classes: header.headIds.length })
  const { model } = servedHeader
  const served =
    servedHeader.is === 'own' ? weightCount({ family: model.family, classes: model.classIds.length }) : 0
  const ofJob = 4 * count + served
  const wanted = ofJob + (job ? jobValues(job) : 0)
  if (sections.length !== wanted)
    throw damaged(`has ${sections.length} values where ${header.headIds.length} classes want ${wanted}`)
  if (!allFinite(sections)) throw damaged('holds values that are no finite numbers')
  const section = (index: number): Float32Array<ArrayBuffer> =>
    sections.slice(index * count, (index + 1) * count)
  const weights = section(0)
  const average = section(1)
  const own = { own: sections.slice(4 * count, ofJob), average, weights }
  return {
    ...rest,
    learnedTo: learnedTo ?? header.position,
    weights,
    average,
    optimiser: { ...optimiser, first: section(2), second: section(3) },
    job: job && decodeJob(job, sections.slice(ofJob)),
    served: {
      model,
      recipe: header.recipe,
      temperature: servedHeader.temperature,
      weights: own[servedHeader.is].slice(),
    },
  }
}

function headerOf(
  state: TrainingState,
  is: CheckpointHeader['served']['is'],
  job: CheckpointHeader['job'],
): CheckpointHeader {
  const { served } = state
  // Parsing leaves out what the header does not name: the weights.
  return checkpointHeaderSchema.parse({
    ...state,
    rasterVersion: RASTER_VERSION,
    served: { is, model: served.model, temperature: served.temperature },
    job,
  })
}

function readSections(blob: Uint8Array): {
  header: CheckpointHeader
  sections: Float32Array<ArrayBuffer>
} {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  if (blob.length < START) throw damaged(`is cut short: ${blob.length} bytes, its start alone has ${START}`)
  if (view.getUint32(0, true) !== MAGIC) throw damaged('is none: its first four bytes are not TBCK')
  const format = view.getUint32(4, true)
  if (format < OLDEST_FORMAT || format > FORMAT)
    throw damaged(`is of format ${format}, this server knows ${OLDEST_FORMAT} to ${FORMAT}`)
  const headerEnd = START + view.getUint32(8, true)
  const end = headerEnd + view.getUint32(12, true)
  if (blob.length !== end) throw damaged(`is cut short or too long: ${blob.length} of ${end} bytes`)
  const hash = createHash('sha256').update(blob.subarray(START)).digest()
  if (!hash.equals(blob.subarray(PREFIX, START))) throw damaged('does not match its checksum')
  return {
    header: readHeader(blob.subarray(START, headerEnd), format),
    // A copy: the bytes may lie anywhere in the buffer of a Buffer, whose slice() is a view.
    sections: new Float32Array(new Uint8Array(blob.subarray(headerEnd, end)).buffer),
  }
}

function readHeader(bytes: Uint8Array, format: number): CheckpointHeader {
  try {
    return parseHeader(JSON.parse(new TextDecoder().decode(bytes)), format)
  } catch (cause) {
    throw damaged('has an unreadable header', cause)
  }
}

function padded(text: string): string {
  const over = Buffer.byteLength(text) % 4
  return over === 0 ? text : text + ' '.repeat(4 - over)
}

/** Whether two arrays hold the same bits. */
function sameValues(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  )
}
