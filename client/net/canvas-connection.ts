import { clone, readVarUint, readVarUint8Array, type Decoder } from 'lib0/decoding'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { retryPause, spreadPause } from './jitter.ts'

/** Yjs client ids that a connection may name as its person's own. */
export const MAX_DECLARED_CLIENTS = 20
/** Numbers of the y-websocket protocol: messages of a sync, and its first step, the sender's state vector. */
const SYNC = 0
const STEP_1 = 0
/** Within which to come back to a server that restarts and named no spread, in ms. */
const SPREAD_MS = 1_000

export interface CanvasConnectionOptions {
  readonly doc: Y.Doc
  /** `ws:` or `wss:` origin of the server. */
  readonly origin: string
  /** `<project>/<canvas>.<generation>` */
  readonly name: string
  readonly token: string
  /** Client ids under which this device wrote what the server may not have; the last ones count most. */
  readonly clients: () => readonly number[]
  /** Within which a stopping server asked to come back, null where none did. */
  readonly spreadMs: () => number | null
  /** `had`: how far the server's document had come, by client id, before it heard of this one since the last sync. */
  readonly onSynced: (had: ReadonlyMap<number, number>) => void
  /** The connection broke; another one follows by itself. */
  readonly onLost: () => void
  /** The server closed for good, with a code from 4400 on. */
  readonly onClosed: (code: number, reason: string) => void
  /** For hosts without a WebSocket of their own. */
  readonly WebSocket?: typeof WebSocket
}

/** A document's connection, which comes back by itself with full jitter: its provider alone would do so in step. */
export class CanvasConnection {
  readonly #provider: WebsocketProvider
  /** Since the last sync, the least of what the server said it had: it may have taken half of an exchange and forgotten. */
  #had: ReadonlyMap<number, number> | null = null
  #greeted = false
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #closed = false

  constructor(private readonly options: CanvasConnectionOptions) {
    const { origin, name, doc, token, onSynced, onClosed, WebSocket } = options
    const provider = new WebsocketProvider(`${origin}/sync`, name, doc, {
      connect: false,
      protocols: ['trainboard', `token.${token}`],
      disableBc: true,
      ...(WebSocket ? { WebSocketPolyfill: WebSocket } : {}),
    })
    this.#provider = provider
    provider.awareness.setLocalState(null)
    provider.on('sync', (synced) => {
      if (!synced) return
      this.#tries = 0
      const had = this.#had ?? new Map()
      this.#had = null
      onSynced(had)
    })
    const answer = provider.messageHandlers[SYNC]
    provider.messageHandlers[SYNC] = (encoder, decoder, ...rest) => {
      const has = this.#greeted ? null : vectorOf(decoder)
      if (has) {
        this.#greeted = true
        this.#had = this.#had ? leastOf(this.#had, has) : has
      }
      answer?.(encoder, decoder, ...rest)
    }
    provider.on('connection-close', (event) => this.#lost(event))
    provider.on('closed', ({ code, reason }) => {
      this.close()
      onClosed(code, reason)
    })
    this.#connect()
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#provider.destroy()
  }

  #connect(): void {
    this.#greeted = false
    const declared = this.options.clients().slice(-MAX_DECLARED_CLIENTS)
    this.#provider.params = declared.length > 0 ? { clients: declared.join(',') } : {}
    this.#provider.connect()
  }

  #lost(event: { readonly code: number } | null): void {
    if (this.#closed) return
    // The provider's own timer, which has no jitter, then finds nothing to do.
    this.#provider.shouldConnect = false
    const spread = this.options.spreadMs()
    const restarting = event?.code === closeCodes.restarting || spread !== null
    const pauseMs = restarting ? spreadPause(spread ?? SPREAD_MS) : retryPause(this.#tries++)
    this.#timer = setTimeout(() => this.#connect(), pauseMs)
    this.options.onLost()
  }
}

function leastOf(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...a].map(([client, clock]) => [client, Math.min(clock, b.get(client) ?? 0)]))
}

/** The state vector of a first step, left unread for the provider; null for any other message of a sync. */
function vectorOf(message: Decoder): Map<number, number> | null {
  const decoder = clone(message)
  try {
    return readVarUint(decoder) === STEP_1 ? Y.decodeStateVector(readVarUint8Array(decoder)) : null
  } catch {
    return null
  }
}
