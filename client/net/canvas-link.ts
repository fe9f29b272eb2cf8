import { WebsocketProvider } from 'y-websocket'
import { MAX_STROKES_PER_PAGE } from '../../shared/canvas/limits.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { inDrawingOrder } from '../../shared/canvas/schema.ts'
import type { IdentifiedStroke, Stroke } from '../../shared/canvas/stroke.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { CanvasDoc } from './canvas-doc.ts'
import { decodeOrNull } from './decode-or-null.ts'
import type { RoomSocket } from './socket.ts'

/**
 * The life of an open canvas. `loading` until its first sync; then `live`, or `offline` while the connection is
 * down. `refused`: the server would not take the newest strokes, which are kept here. `ended`: for good.
 */
export type CanvasState =
  | { readonly kind: 'loading' | 'live' | 'offline' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'ended'; readonly why: 'unauthenticated' | 'revoked' | 'deleted' }

/** Strokes kept while there is no document to put them into. */
export const MAX_HELD_STROKES = MAX_STROKES_PER_PAGE

const MAX_REFUSALS = 3
const FIRST_PAUSE_MS = 200
const MOST_PAUSE_MS = 5_000
/** A rebuild this long after the one before starts over with the first pause. */
const CALM_MS = 10_000

export interface CanvasLinkOptions {
  readonly projectId: string
  readonly canvasId: string
  readonly generation: number
  readonly token: string
  readonly socket: Pick<RoomSocket, 'on' | 'onReconnect' | 'command'>
  /** `ws:` or `wss:` origin of the server. */
  readonly origin: string
  /** Called after each change of the canvas or its state. */
  readonly onChange: () => void
  /** For hosts without a WebSocket of their own. */
  readonly WebSocket?: typeof WebSocket
}

/** A canvas over the y-websocket protocol: its document, the connection, and what to do when it breaks. */
export class CanvasLink {
  #canvas: CanvasDoc
  #provider: WebsocketProvider
  #state: CanvasState = { kind: 'loading' }
  #synced = false
  #held: { id: string; bytes: Uint8Array; stroke: Stroke }[] = []
  #refusals = 0
  #pauseMs = FIRST_PAUSE_MS
  #rebuiltAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | null = null
  #closed = false
  readonly #stops: (() => void)[]

  constructor(private readonly options: CanvasLinkOptions) {
    const { socket, canvasId } = options
    this.#canvas = new CanvasDoc({ onChange: () => this.#changed() })
    this.#provider = this.#connect()
    this.#stops = [
      socket.on('canvas:saved', (saved) => {
        if (saved.canvasId === canvasId) this.#noteSaved(saved.stateVector)
      }),
      socket.onReconnect(() => void this.#askSaved()),
    ]
  }

  get state(): CanvasState {
    return this.#state
  }
  /** The document at the moment; another one after a rebuild. */
  get canvas(): CanvasDoc {
    return this.#canvas
  }
  /** Strokes that wait for a document, besides those of `canvas`. */
  get held(): readonly IdentifiedStroke[] {
    return this.#held
  }
  /** My strokes that the store does not hold yet. */
  get unsavedCount(): number {
    return this.#held.length + this.#canvas.unsavedCount
  }
  /** All that the page shows, in drawing order. */
  get strokes(): readonly IdentifiedStroke[] {
    const { strokes } = this.#canvas
    return this.#held.length === 0 ? strokes : [...strokes, ...this.#held].sort(inDrawingOrder)
  }
  /** Whether another stroke has a place to go. */
  get takesInk(): boolean {
    return (
      this.#state.kind !== 'ended' && this.#state.kind !== 'refused' && this.#held.length < MAX_HELD_STROKES
    )
  }

  commit(id: string, stroke: Stroke): void {
    if (this.#synced) this.#canvas.commit(id, stroke)
    else {
      this.#held.push({ id, bytes: encodeStroke(stroke), stroke })
      this.#changed()
    }
  }

  /** Takes back the newest stroke that waits for a document; answers whether there was one. */
  dropHeld(): boolean {
    const dropped = this.#held.pop() !== undefined
    if (dropped) this.#changed()
    return dropped
  }

  erase(ids: readonly string[]): void {
    const gone = new Set(ids)
    this.#held = this.#held.filter(({ id }) => !gone.has(id))
    this.#canvas.erase(ids)
    this.#changed()
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const stop of this.#stops) stop()
    this.#provider.destroy()
    this.#canvas.destroy()
  }

  #connect(): WebsocketProvider {
    const { origin, projectId, canvasId, generation, token, WebSocket } = this.options
    const provider = new WebsocketProvider(
      `${origin}/sync`,
      `${projectId}/${canvasId}.${String(generation)}`,
      this.#canvas.doc,
      {
        protocols: ['trainboard', `token.${token}`],
        disableBc: true,
        // The provider has no jitter of its own: a class must not come back in step.
        maxBackoffTime: 2_000 + Math.random() * 2_000,
        ...(WebSocket ? { WebSocketPolyfill: WebSocket } : {}),
      },
    )
    provider.awareness.setLocalState(null)
    provider.on('sync', (synced) => {
      if (synced) this.#whenSynced()
    })
    provider.on('connection-close', () => {
      if (this.#state.kind === 'loading' || this.#state.kind === 'live') this.#enter({ kind: 'offline' })
    })
    provider.on('closed', ({ code, reason }) => this.#whenClosed(code, reason))
    return provider
  }

  #whenSynced(): void {
    this.#synced = true
    const refused = this.#state.kind === 'refused'
    if (!refused) {
      const held = this.#held
      this.#held = []
      this.#canvas.putBack(held)
      this.#state = { kind: 'live' }
    }
    this.#changed()
    void this.#askSaved()
  }

  #whenClosed(code: number, reason: string): void {
    if (code === closeCodes.rebuild) this.#rebuild(reason)
    else if (code === closeCodes.deleted) this.#end('deleted')
    else if (code === closeCodes.revoked) this.#end('revoked')
    else this.#end('unauthenticated')
  }

  /** The server refused an update, after which the document could not go on: what is unsaved moves to a new one. */
  #rebuild(detail: string): void {
    const unsaved = this.#canvas.unsavedStrokes().flatMap((kept) => {
      const stroke = decodeOrNull(kept.bytes)
      return stroke ? [{ ...kept, stroke }] : []
    })
    this.#held = [...unsaved, ...this.#held].slice(0, MAX_HELD_STROKES)
    if (unsaved.length > 0) this.#refusals++
    this.#synced = false
    this.#provider.destroy()
    this.#canvas.destroy()
    this.#canvas = new CanvasDoc({ onChange: () => this.#changed() })
    this.#enter(this.#refusals >= MAX_REFUSALS ? { kind: 'refused', detail } : { kind: 'loading' })
    const now = Date.now()
    this.#pauseMs =
      now - this.#rebuiltAt > CALM_MS ? FIRST_PAUSE_MS : Math.min(MOST_PAUSE_MS, this.#pauseMs * 2)
    this.#rebuiltAt = now
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#provider = this.#connect()
    }, this.#pauseMs)
  }

  #end(why: Extract<CanvasState, { kind: 'ended' }>['why']): void {
    this.#provider.disconnect()
    this.#enter({ kind: 'ended', why })
  }

  #noteSaved(stateVector: Uint8Array): void {
    const before = this.#canvas.unsavedCount
    this.#canvas.noteSaved(stateVector)
    if (this.#canvas.unsavedCount < before) this.#refusals = 0
  }

  /** Acknowledgements that were sent while the other socket was away do not come again by themselves. */
  async #askSaved(): Promise<void> {
    const canvas = this.#canvas
    if (canvas.unsavedCount === 0) return
    try {
      const { stateVector } = await this.options.socket.command('canvas:saved?', {
        canvasId: this.options.canvasId,
      })
      if (canvas === this.#canvas && !this.#closed) this.#noteSaved(stateVector)
    } catch {
      // What is unsaved stays shown as such; the next acknowledgement or reconnect settles it.
    }
  }

  #enter(state: CanvasState): void {
    this.#state = state
    this.#changed()
  }

  #changed(): void {
    if (!this.#closed) this.options.onChange()
  }
}
