import { setImmediate as breath } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, inflate, type ZlibOptions } from 'node:zlib'
import { BackupError } from './backup-error.ts'

/*
 * The file as docs/BACKUP.md describes it: a line that names it, its version, then frames, each with a letter that
 * says what it is, how it is packed, and its length.
 */
const MAGIC = Buffer.from('TRAINBOARD-BACKUP\n')
/** Version of the format that is written; lower ones are read. */
export const BACKUP_VERSION = 1
const START_BYTES = MAGIC.byteLength + 4
const HEADER_BYTES = 10
/** Most bytes of a frame, packed or not. */
export const MOST_FRAME_BYTES = 1 << 28
/** Smaller frames are not worth packing. */
const LEAST_PACKED = 256
/** Bytes that are handled in one turn of the event loop. */
const TURN_BYTES = 1 << 20

export const frameTypes = ['begin', 'section', 'records', 'section-end', 'trailer'] as const
export type FrameType = (typeof frameTypes)[number]
const letters: Readonly<Record<FrameType, string>> = {
  begin: 'B',
  section: 'S',
  records: 'R',
  'section-end': 'E',
  trailer: 'T',
}

export interface Frame {
  readonly type: FrameType
  readonly payload: Buffer
}

/** What a file begins with. */
export function startOfFile(): Buffer {
  const start = Buffer.alloc(START_BYTES)
  MAGIC.copy(start)
  start.writeUInt32BE(BACKUP_VERSION, MAGIC.byteLength)
  return start
}

/** A frame in pieces that one turn of the event loop can handle. @throws BackupError when it is too large */
export async function encodeFrame(type: FrameType, payload: Uint8Array): Promise<Buffer[]> {
  if (payload.byteLength > MOST_FRAME_BYTES)
    throw new BackupError(`a record of ${String(payload.byteLength)} bytes is too large for a backup`)
  const packed =
    payload.byteLength >= LEAST_PACKED
      ? await promisify<Uint8Array, ZlibOptions, Buffer>(deflate)(payload, { level: 1 })
      : null
  const smaller = packed !== null && packed.byteLength < payload.byteLength * 0.95
  const stored = smaller ? packed : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(letters[type], 0, 'latin1')
  header.writeUInt8(smaller ? 1 : 0, 1)
  header.writeUInt32BE(stored.byteLength, 2)
  header.writeUInt32BE(payload.byteLength, 6)
  const pieces: Buffer[] = [header]
  for (let from = 0; from < stored.byteLength; from += TURN_BYTES)
    pieces.push(stored.subarray(from, from + TURN_BYTES))
  return pieces
}

/** Reads a file from the start, frame by frame. */
export class FrameReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #hear: (bytes: Uint8Array) => void
  #waiting: Buffer[] = []
  #buffered = 0
  /** Bytes of the file read so far. */
  bytes = 0

  /** `hear`: told of all bytes of the file, in order, in pieces that one turn of the event loop can handle. */
  constructor(source: AsyncIterable<Uint8Array>, hear: (bytes: Uint8Array) => void) {
    this.#source = source[Symbol.asyncIterator]()
    this.#hear = hear
  }

  /** @throws BackupError for a file that is no backup, or of a newer version */
  async start(): Promise<void> {
    const start = await this.#take(START_BYTES, 'its first line')
    if (!start.subarray(0, MAGIC.byteLength).equals(MAGIC))
      throw new BackupError('this is no backup of Trainboard: it does not begin as one')
    const version = start.readUInt32BE(MAGIC.byteLength)
    if (version > BACKUP_VERSION)
      throw new BackupError(
        `this backup has format ${String(version)}, of a newer Trainboard; this one reads up to ${String(BACKUP_VERSION)}`,
      )
    if (version === 0) throw new BackupError('this backup is damaged: its format has no version')
  }

  /** @throws BackupError naming what cannot be read; `before`, if given, hears where the frame begins */
  async next(before: (type: FrameType) => void): Promise<Frame> {
    const header = await this.#peek(HEADER_BYTES, 'the start of a part')
    const letter = header.toString('latin1', 0, 1)
    const type = frameTypes.find((one) => letters[one] === letter)
    const packing = header.readUInt8(1)
    const storedLength = header.readUInt32BE(2)
    const length = header.readUInt32BE(6)
    if (!type || packing > 1 || Math.max(storedLength, length) > MOST_FRAME_BYTES)
      throw new BackupError(
        `this backup is damaged at byte ${String(this.bytes)}: no part of one begins there`,
      )
    before(type)
    await this.#take(HEADER_BYTES, 'the start of a part')
    const at = this.bytes
    const stored = await this.#take(storedLength, `a part of ${String(storedLength)} bytes`)
    const payload = packing === 1 ? await unpacked(stored, length) : stored
    if (payload?.byteLength !== length)
      throw new BackupError(`this backup is damaged: the part at byte ${String(at)} cannot be unpacked`)
    return { type, payload }
  }

  /** @throws BackupError when something follows */
  async end(): Promise<void> {
    await this.#fill(1)
    if (this.#buffered > 0) throw new BackupError('this backup is damaged: something follows its end')
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #peek(count: number, what: string): Promise<Buffer> {
    await this.#fill(count)
    if (this.#buffered < count)
      throw new BackupError(
        `this backup is cut off: it ends at byte ${String(this.bytes + this.#buffered)}, within ${what}`,
      )
    const all =
      this.#waiting.length === 1 && this.#waiting[0] ? this.#waiting[0] : Buffer.concat(this.#waiting)
    this.#waiting = [all]
    return all.subarray(0, count)
  }

  async #take(count: number, what: string): Promise<Buffer> {
    const taken = await this.#peek(count, what)
    this.#waiting = this.#waiting.map((all) => all.subarray(count)).filter(({ byteLength }) => byteLength > 0)
    this.#buffered -= count
    for (let from = 0; from < count; from += TURN_BYTES) {
      if (from > 0) await breath()
      this.#hear(taken.subarray(from, from + TURN_BYTES))
    }
    this.bytes += count
    return taken
  }

  async #fill(count: number): Promise<void> {
    while (this.#buffered < count) {
      const next = await this.#source.next()
      if (next.done === true) return
      const { value } = next
      this.#waiting.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
      this.#buffered += value.byteLength
    }
  }
}

async function unpacked(stored: Buffer, length: number): Promise<Buffer | null> {
  try {
    return await promisify(inflate)(stored, { maxOutputLength: Math.max(1, length) })
  } catch {
    return null
  }
}
