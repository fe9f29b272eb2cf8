import type { InkMessage } from '../../../shared/protocol/ink.ts'

/** What is measured: the product, and the peers under the same load. */
export type WireKind = 'trainboard' | 'plain-ws' | 'socket-io' | 'y-websocket'

export interface Target {
  readonly kind: WireKind
  readonly url: string
  /** The product's room, and canvases for those who get none of their own. */
  readonly room?: { readonly projectId: string; readonly code: string; readonly shared: readonly string[] }
}

/** The tails of one message, flat: the stroke's number, its first point and the one after its last, again and again. */
export type Heard = (tails: Int32Array) => void

/** One client's connection. */
export interface Wire {
  readonly canvasId: string
  send(messages: readonly InkMessage[]): void
  close(): void
}

/** Opens a connection; `index` tells the clients of a load apart. */
export type OpenWire = (target: Target, index: number, heard: Heard) => Promise<Wire>

/** Page that all tails of a load name. */
export const PAGE = 'p1'

export function strokeId(stroke: number): string {
  return stroke.toString(36)
}

/** The tails among some ink, as `Heard` takes them. */
export function tailsOf(messages: Iterable<InkMessage>): Int32Array {
  const flat: number[] = []
  for (const message of messages) {
    if (message.kind !== 'tail') continue
    flat.push(Number.parseInt(message.strokeId, 36), message.start, message.start + message.xs.length)
  }
  return Int32Array.from(flat)
}

/** Reads each message once, however many clients of this process receive it. */
export function readOnce(read: (bytes: Uint8Array) => Int32Array): (bytes: Uint8Array) => Int32Array {
  const KEPT = 256
  const known = new Map<string, { readonly bytes: Uint8Array; readonly tails: Int32Array }>()
  return (bytes) => {
    const end = bytes.byteLength
    const key = `${String(end)}/${String(bytes[end - 1])}/${String(bytes[end >> 1])}/${String(bytes[end >> 2])}`
    const kept = known.get(key)
    if (kept && Buffer.compare(kept.bytes, bytes) === 0) return kept.tails
    const tails = read(bytes)
    known.delete(key)
    known.set(key, { bytes, tails })
    const oldest = known.keys().next().value
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest)
    return tails
  }
}
