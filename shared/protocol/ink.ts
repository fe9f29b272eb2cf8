import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { readPoints, writePoints } from '../canvas/codec.ts'
import { MAX_POINTS_PER_STROKE } from '../canvas/limits.ts'

/** Points repeated from the tail before, since a volatile packet may be dropped. */
export const TAIL_OVERLAP = 8
/** How often a client sends and a server forwards, in ms. */
export const INK_TICK_MS = 33
/** Ghost ink that is neither continued nor committed disappears after this, in ms. */
export const GHOST_LIFE_MS = 5_000
export const MAX_TAIL_POINTS = 512

const KIND = { tail: 1, cursor: 2, ended: 3 } as const

/** Points `start` onwards of the stroke that is being drawn; earlier points are known from earlier tails. */
export interface InkTail {
  readonly kind: 'tail'
  readonly canvasId: string
  readonly pageId: string
  readonly strokeId: string
  readonly start: number
  readonly xs: Float32Array
  readonly ys: Float32Array
}

/** Where a person's pointer is, in page pixels. */
export interface InkCursor {
  readonly kind: 'cursor'
  readonly canvasId: string
  readonly x: number
  readonly y: number
}

/** The stroke in progress ends without being committed. */
export interface InkEnded {
  readonly kind: 'ended'
  readonly canvasId: string
  readonly strokeId: string
}

export type InkMessage = InkTail | InkCursor | InkEnded

/** A message as the room receives it, with the person it comes from. */
export interface RoomInk {
  readonly userId: string
  readonly message: InkMessage
}

export class InkError extends Error {
  override readonly name = 'InkError'
}

/** One client packet (`ink` event, binary): the messages gathered during a tick. */
export function encodeInk(messages: readonly InkMessage[]): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, messages.length)
    for (const message of messages) writeMessage(out, message)
  })
}

/** @throws InkError for anything that `encodeInk` did not write. */
export function decodeInk(bytes: Uint8Array): InkMessage[] {
  return decodeInkParts(bytes).map(({ message }) => message)
}

/** A message with the bytes it came as, which `joinRoomInk` sends on as they are. */
export interface InkPart {
  readonly message: InkMessage
  /** A view into the packet. */
  readonly bytes: Uint8Array
}

/** As `decodeInk`. @throws InkError for anything that `encodeInk` did not write. */
export function decodeInkParts(bytes: Uint8Array): InkPart[] {
  return guarded(() => {
    const from = decoding.createDecoder(bytes)
    const count = bounded(decoding.readVarUint(from), 64, 'messages')
    const parts = Array.from({ length: count }, () => {
      const { pos } = from
      const message = readMessage(from)
      return { message, bytes: bytes.subarray(pos, from.pos) }
    })
    if (decoding.hasContent(from)) throw new InkError('bytes after the end')
    return parts
  })
}

/** One message as in a packet. */
export function encodeInkMessage(message: InkMessage): Uint8Array {
  return encoding.encode((out) => writeMessage(out, message))
}

/** The room batch that `encodeRoomInk` would make, of messages that are encoded already. */
export function joinRoomInk(
  entries: readonly { readonly userId: string; readonly bytes: Uint8Array }[],
): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, entries.length)
    for (const { userId, bytes } of entries) {
      encoding.writeVarString(out, userId)
      encoding.writeUint8Array(out, bytes)
    }
  })
}

/** One room batch (`ink` event to clients, binary): all messages of a tick with their senders. */
export function encodeRoomInk(batch: readonly RoomInk[]): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, batch.length)
    for (const { userId, message } of batch) {
      encoding.writeVarString(out, userId)
      writeMessage(out, message)
    }
  })
}

/** @throws InkError for anything that `encodeRoomInk` did not write. */
export function decodeRoomInk(bytes: Uint8Array): RoomInk[] {
  return guarded(() => {
    const from = decoding.createDecoder(bytes)
    const count = bounded(decoding.readVarUint(from), 100_000, 'messages')
    const batch = Array.from({ length: count }, () => ({
      userId: decoding.readVarString(from),
      message: readMessage(from),
    }))
    if (decoding.hasContent(from)) throw new InkError('bytes after the end')
    return batch
  })
}

function writeMessage(out: encoding.Encoder, message: InkMessage): void {
  encoding.writeUint8(out, KIND[message.kind])
  encoding.writeVarString(out, message.canvasId)
  switch (message.kind) {
    case 'tail':
      encoding.writeVarString(out, message.pageId)
      encoding.writeVarString(out, message.strokeId)
      encoding.writeVarUint(out, message.start)
      encoding.writeVarUint(out, message.xs.length)
      writePoints(out, message.xs, message.ys, 0, message.xs.length)
      break
    case 'cursor':
      writePoints(out, [message.x], [message.y], 0, 1)
      break
    case 'ended':
      encoding.writeVarString(out, message.strokeId)
  }
}

function readMessage(from: decoding.Decoder): InkMessage {
  const kind = decoding.readUint8(from)
  const canvasId = readId(from)
  switch (kind) {
    case KIND.tail: {
      const pageId = readId(from)
      const strokeId = readId(from)
      const start = bounded(decoding.readVarUint(from), MAX_POINTS_PER_STROKE, 'start')
      const count = bounded(decoding.readVarUint(from), MAX_TAIL_POINTS, 'points')
      return { kind: 'tail', canvasId, pageId, strokeId, start, ...readPoints(from, count) }
    }
    case KIND.cursor: {
      const { xs, ys } = readPoints(from, 1)
      return { kind: 'cursor', canvasId, x: xs[0] ?? 0, y: ys[0] ?? 0 }
    }
    case KIND.ended:
      return { kind: 'ended', canvasId, strokeId: readId(from) }
    default:
      throw new InkError(`unknown message kind ${String(kind)}`)
  }
}

function readId(from: decoding.Decoder): string {
  const id = decoding.readVarString(from)
  if (!/^[0-9a-z]{1,32}$/.test(id)) throw new InkError('not an identifier')
  return id
}

function bounded(value: number, most: number, what: string): number {
  if (value > most) throw new InkError(`too many ${what}: ${String(value)}, at most ${String(most)}`)
  return value
}

function guarded<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof InkError) throw cause
    throw new InkError(cause instanceof Error ? cause.message : 'the packet cannot be read', { cause })
  }
}
