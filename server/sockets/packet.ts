import type { RoomEvent, RoomPayload } from '../rooms/ports.ts'

const MESSAGE = '4'
const TEXT = 1
const BINARY = 2

/** An event as the default parser of Socket.IO writes it, encoded once for all who hear it. */
export interface Packet {
  /** The Socket.IO packet, and its attachment where it has one. */
  readonly text: string
  readonly binary: Uint8Array | null
  /** Options of an Engine.IO write: both as finished WebSocket frames, written at once. */
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: readonly Buffer[] }
  /** On the wire. */
  readonly bytes: number
}

/**
 * Encodes an event of the default namespace (Socket.IO protocol 5: type 2, or 5 with one attachment). A payload may be
 * binary or have one binary property.
 */
export function packetOf<E extends RoomEvent>(event: E, payload: RoomPayload<E>): Packet {
  const { json, binary } = apart(payload)
  const text = `${binary ? '51-' : '2'}[${JSON.stringify(event)},${json}]`
  const frames = [frame(TEXT, Buffer.from(MESSAGE + text))]
  if (binary) frames.push(frame(BINARY, binary))
  const wsPreEncodedFrame = [Buffer.concat(frames)]
  return {
    text,
    binary,
    options: { compress: false, wsPreEncodedFrame },
    bytes: wsPreEncodedFrame[0]?.byteLength ?? 0,
  }
}

const PLACEHOLDER = { _placeholder: true, num: 0 }

function apart(payload: object): { json: string; binary: Uint8Array | null } {
  if (payload instanceof Uint8Array) return { json: JSON.stringify(PLACEHOLDER), binary: payload }
  for (const [key, value] of Object.entries(payload)) {
    if (value instanceof Uint8Array)
      return { json: JSON.stringify({ ...payload, [key]: PLACEHOLDER }), binary: value }
  }
  return { json: JSON.stringify(payload), binary: null }
}

/** One whole, unmasked frame (RFC 6455, 5.2). */
function frame(opcode: number, body: Uint8Array): Buffer {
  const size = body.byteLength
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (size < 126) head[1] = size
  else if (size < 65_536) {
    head[1] = 126
    head.writeUInt16BE(size, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(size), 2)
  }
  return Buffer.concat([head, body])
}
