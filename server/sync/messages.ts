import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as syncProtocol from 'y-protocols/sync'
import * as Y from 'yjs'

// The message kinds of the y-websocket protocol.
const SYNC = 0
const AWARENESS = 1
const AUTH = 2
const QUERY_AWARENESS = 3

export type SyncMessage =
  | { readonly kind: 'step1'; readonly stateVector: Uint8Array }
  | { readonly kind: 'step2'; readonly update: Uint8Array }
  | { readonly kind: 'update'; readonly update: Uint8Array }
  /** Presence, which travels elsewhere, and questions for it. */
  | { readonly kind: 'ignored' }

/** @throws Error for bytes that are no message of the protocol. */
export function readMessage(bytes: Uint8Array): SyncMessage {
  const from = decoding.createDecoder(bytes)
  const kind = decoding.readVarUint(from)
  if (kind === AWARENESS || kind === AUTH || kind === QUERY_AWARENESS) return { kind: 'ignored' }
  if (kind !== SYNC) throw new Error(`unknown message kind ${String(kind)}`)
  const step = decoding.readVarUint(from)
  const body = decoding.readVarUint8Array(from)
  switch (step) {
    case syncProtocol.messageYjsSyncStep1:
      return { kind: 'step1', stateVector: body }
    case syncProtocol.messageYjsSyncStep2:
      return { kind: 'step2', update: body }
    case syncProtocol.messageYjsUpdate:
      return { kind: 'update', update: body }
    default:
      throw new Error(`unknown sync step ${String(step)}`)
  }
}

/** Asks the other side for what `doc` lacks. */
export function step1Message(doc: Y.Doc): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, SYNC)
    syncProtocol.writeSyncStep1(out, doc)
  })
}

/** What `doc` has beyond `stateVector`. */
export function step2Message(doc: Y.Doc, stateVector: Uint8Array): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, SYNC)
    syncProtocol.writeSyncStep2(out, doc, stateVector)
  })
}

/** The same for an update that is encoded already. */
export function step2MessageOf(update: Uint8Array): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, SYNC)
    encoding.writeVarUint(out, syncProtocol.messageYjsSyncStep2)
    encoding.writeVarUint8Array(out, update)
  })
}

export function updateMessage(update: Uint8Array): Uint8Array {
  return encoding.encode((out) => {
    encoding.writeVarUint(out, SYNC)
    syncProtocol.writeUpdate(out, update)
  })
}

/** An update without content: says that the server is alive to a client that waits for messages. */
export const heartbeatMessage = updateMessage(Y.encodeStateAsUpdate(new Y.Doc()))
