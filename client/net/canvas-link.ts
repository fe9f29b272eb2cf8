import { watch, type Ref } from 'vue'
import { MAX_STROKES_PER_PAGE } from '../../shared/canvas/limits.ts'
import { inDrawingOrder } from '../../shared/canvas/schema.ts'
import type { IdentifiedStroke, Stroke } from '../../shared/canvas/stroke.ts'
import { closeCodes, passingReasons } from '../../shared/protocol/errors.ts'
import { CanvasConnection } from './canvas-connection.ts'
import { CanvasDoc } from './canvas-doc.ts'
import { HeldStrokes } from './held-strokes.ts'
import { growingPause, spreadPause } from './jitter.ts'
import { LocalCopy, MAX_UNSAVED_BYTES, type Keeping } from './local-copy.ts'
import { SavedQuestion } from './saved-question.ts'
import type { RoomSocket } from './socket.ts'
import { landStrays } from './stray-strokes.ts'

/**
 * The life of an open canvas. `loading` until its first sync; then `live`, or `offline` while the connection is
 * down. `refused`: the server would not take the newest strokes, which are kept here. `ended`: for good.
 */
export type CanvasState =
  | { readonly kind: 'loading' | 'live' | 'offline' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'ended'; readonly why: 'unauthenticated' | 'revoked' | 'deleted' }

/** Strokes that may wait for the server at once; more are not begun. */
export const MAX_UNSAVED_STROKES = MAX_STROKES_PER_PAGE

/** What sends somebody away from a canvas for a while alone. */
const PASSING: ReadonlySet<string> = new Set(Object.values(passingReasons))
const MAX_REFUSALS = 3
/** Within which to knock again at a canvas that is closed for a while. */
const KNOCK_MS = 3_000

export interface CanvasLinkOptions {
  readonly projectId: string
  readonly canvasId: string
  readonly generation: number
  readonly token: string
  /** Whose session the token is: the copy on this device is kept by person. */
  readonly userId: string
  readonly socket: Pick<RoomSocket, 'on' | 'onReconnect' | 'command'>
  /** `ws:` or `wss:` origin of the server. */
  readonly origin: string
  /** Whether I may draw here at the moment; what waits, waits until I may. Always, by default. */
  readonly canDraw?: Readonly<Ref<boolean>>
  /** Refusals of unsaved strokes, one after the other, after which no more is tried. */
  readonly maxRefusals?: number
  /** Called after each change of the canvas or its state. */
  readonly onChange: () => void
  /** For hosts without a WebSocket of their own. */
  readonly WebSocket?: typeof WebSocket
}

/** A canvas over the y-websocket protocol: its document, its copy on this device, and what to do when either breaks. */
export class CanvasLink {
  #canvas: CanvasDoc
  #connection: CanvasConnection | null = null
  readonly #copy: LocalCopy
  #state: CanvasState = { kind: 'loading' }
  /** Whether the document has a page to draw on: the server's, or that of the copy here. */
  #ready = false
  #synced = false
  readonly #held = new HeldStrokes()
  /** Whether anything was done while no server heard of it; erasures and page turns are in no state vector. */
  #unheard = false
  #refusals = 0
  #refusedOn = ''
  readonly #rebuildPause = growingPause()
  #spreadMs: number | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #question: SavedQuestion
  #closed = false
  readonly #stops: (() => void)[]

  constructor(private readonly options: CanvasLinkOptions) {
    const { socket, canvasId, canDraw } = options
    this.#canvas = this.#newCanvas()
    this.#copy = new LocalCopy(options, () => this.#changed())
    this.#question = new SavedQuestion({
      ask: async () => (await socket.command('canvas:saved?', { canvasId })).stateVector,
      open: () => this.#canvas.unsavedCount > 0 && this.#state.kind === 'live',
      onAnswer: (stateVector) => this.#noteSaved(stateVector),
    })
    this.#stops = [
      socket.on('canvas:saved', (saved) => {
        if (saved.canvasId !== canvasId) return
        this.#noteSaved(saved.stateVector)
        this.#question.heard()
      }),
      socket.on('room:closing', ({ spreadMs }) => (this.#spreadMs = spreadMs)),
      socket.onReconnect(() => void this.#question.ask()),
      ...(canDraw ? [watch(canDraw, (may) => may && this.#mayDrawAgain(), { flush: 'sync' })] : []),
    ]
    void this.#start()
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
    return this.#held.strokes
  }
  /** My strokes, and changes of strokes, that the store does not hold yet. */
  get unsavedCount(): number {
    return this.#held.count + this.#canvas.unsavedCount
  }
  /** Whether the store does not hold this stroke of mine yet. */
  isUnsaved(strokeId: string): boolean {
    return this.#canvas.unsaved.has(strokeId) || this.#held.has(strokeId)
  }
  /** Where what is unsaved is kept. */
  get keeping(): Keeping {
    return this.#copy.keeping
  }
  /** Whether this device can keep no more until the server has taken some of it. */
  get full(): boolean {
    const bytes = this.#unsavedBytes
    if (this.unsavedCount >= MAX_UNSAVED_STROKES || bytes >= MAX_UNSAVED_BYTES) return true
    if (this.#state.kind === 'live' || this.#state.kind === 'loading') return false
    return this.#copy.keeping === 'full' || bytes >= this.#copy.room
  }
  /** All that the page shows, in drawing order. */
  get strokes(): readonly IdentifiedStroke[] {
    const { strokes } = this.#canvas
    return this.#held.count === 0 ? strokes : [...strokes, ...this.#held.strokes].sort(inDrawingOrder)
  }
  /** Whether another stroke has a place to go. */
  get takesInk(): boolean {
    return this.#state.kind !== 'ended' && this.#state.kind !== 'refused' && !this.full
  }

  commit(id: string, stroke: Stroke): void {
    if (this.#ready) this.#canvas.commit(id, stroke)
    else {
      this.#copy.hold([this.#held.add(id, stroke)])
      this.#changed()
    }
  }

  /** Takes back the newest stroke that waits for a document; answers whether there was one. */
  dropHeld(): boolean {
    const dropped = this.#held.strokes.at(-1)
    if (!dropped) return false
    this.#copy.release(this.#held.remove(new Set([dropped.id])))
    this.#changed()
    return true
  }

  erase(ids: readonly string[]): void {
    this.#copy.release(this.#held.remove(new Set(ids)))
    this.#canvas.erase(ids)
    this.#changed()
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#question.stop()
    for (const stop of this.#stops) stop()
    this.#connection?.close()
    this.#copy.close()
    this.#canvas.destroy()
  }

  #newCanvas(): CanvasDoc {
    const canvas = new CanvasDoc({ onChange: () => this.#changed() })
    canvas.unsaved.live = false
    canvas.doc.on('beforeObserverCalls', ({ local, changed }) => {
      if (local && changed.size > 0 && this.#state.kind !== 'live') this.#unheard = true
    })
    return canvas
  }

  /** The copy on this device first, so that it shows at once; then the server. */
  async #start(): Promise<void> {
    const { doc, unsaved } = this.#canvas
    await this.#copy.load(doc)
    if (this.#closed) return
    unsaved.resume(this.#copy.writers)
    this.#unheard ||= this.#copy.unsaved > 0
    // What was drawn meanwhile was not kept yet.
    this.#copy.hold(this.#held.all)
    this.#held.putFirst(this.#copy.held)
    this.#ready = this.#canvas.pageId !== ''
    this.#connect()
    this.#changed()
  }

  #connect(): void {
    const { origin, projectId, canvasId, generation, token, WebSocket } = this.options
    const { doc, unsaved } = this.#canvas
    this.#connection = new CanvasConnection({
      doc,
      origin,
      name: `${projectId}/${canvasId}.${String(generation)}`,
      token,
      clients: () => [...unsaved.saved.keys()].filter((id) => id !== doc.clientID).concat(doc.clientID),
      spreadMs: () => this.#spreadMs,
      onSynced: (had) => this.#whenSynced(had),
      onLost: () => {
        unsaved.live = false
        if (this.#state.kind === 'loading' || this.#state.kind === 'live') this.#enter({ kind: 'offline' })
      },
      onClosed: (code, reason) => this.#whenClosed(code, reason),
      ...(WebSocket ? { WebSocket } : {}),
    })
  }

  #whenSynced(had: ReadonlyMap<number, number>): void {
    this.#synced = true
    this.#ready = true
    this.#unheard = false
    this.#spreadMs = null
    if (this.#state.kind !== 'refused') this.#state = { kind: 'live' }
    this.#placeHeld()
    this.#landStrays(had)
    this.#canvas.unsaved.live = true
    this.#changed()
    void this.#question.ask()
  }

  get #mayDraw(): boolean {
    return this.options.canDraw?.value ?? true
  }
  get #unsavedBytes(): number {
    return this.#held.bytes + this.#canvas.unsaved.bytes
  }

  #landStrays(had: ReadonlyMap<number, number>): void {
    const { doc, unsaved, pageId } = this.#canvas
    if (this.#mayDraw && pageId !== '') {
      landStrays(doc, unsaved, had)
      return
    }
    // Their page is gone, and with it all that the document had of them.
    const lost = unsaved.takeLost(had)
    this.#held.putFirst(lost)
    this.#copy.hold(lost)
    this.#placeHeld()
  }

  #placeHeld(): void {
    if (!this.#synced || !this.#mayDraw || this.#state.kind === 'refused' || this.#held.count === 0) return
    const held = this.#held.takeAll()
    this.#canvas.putBack(held)
    this.#copy.release(held.map(({ id }) => id))
  }

  #mayDrawAgain(): void {
    this.#refusals = 0
    if (this.#state.kind === 'refused') this.#state = { kind: this.#synced ? 'live' : 'loading' }
    this.#placeHeld()
    this.#changed()
  }

  #whenClosed(code: number, reason: string): void {
    if (code === closeCodes.rebuild) this.#rebuild(reason)
    else if (code === closeCodes.deleted) this.#end('deleted')
    else if (code === closeCodes.revoked && PASSING.has(reason)) this.#knockAgain()
    else if (code === closeCodes.revoked) this.#end('revoked')
    else this.#end('unauthenticated')
  }

  /** The door is closed for a while; what is unsaved stays here until it opens. */
  #knockAgain(): void {
    this.#synced = false
    this.#canvas.unsaved.live = false
    this.#connection = null
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#connect()
    }, spreadPause(KNOCK_MS))
    if (this.#state.kind !== 'refused') this.#enter({ kind: 'offline' })
  }

  /** The server refused an update, after which the document could not go on: what is unsaved moves to a new one. */
  #rebuild(detail: string): void {
    this.#question.stop()
    const before = this.#canvas
    const unsaved = before.unsavedStrokes()
    this.#held.putFirst(unsaved)
    // While the pens rest a refusal says nothing of the strokes: they wait until I may draw.
    if (unsaved.length > 0 && this.#mayDraw) this.#refusals++
    this.#synced = false
    this.#ready = false
    this.#connection = null
    const canvas = this.#newCanvas()
    this.#canvas = canvas
    this.#unheard = false
    this.#refusedOn = before.pageId
    const most = this.options.maxRefusals ?? MAX_REFUSALS
    this.#enter(this.#refusals >= most ? { kind: 'refused', detail } : { kind: 'loading' })
    const restarted = this.#copy.restart(canvas.doc, unsaved).then(() => before.destroy())
    this.#timer = setTimeout(() => {
      this.#timer = null
      void restarted.then(() => {
        if (!this.#closed) this.#connect()
      })
    }, this.#rebuildPause())
  }

  #end(why: Extract<CanvasState, { kind: 'ended' }>['why']): void {
    // Only the server's word that it is gone for me ends the copy here; a session may be renewed.
    if (why !== 'unauthenticated') void this.#copy.discard()
    this.#enter({ kind: 'ended', why })
  }

  #noteSaved(stateVector: Uint8Array): void {
    const before = this.#canvas.unsavedCount
    this.#canvas.noteSaved(stateVector)
    if (this.#canvas.unsavedCount < before) this.#refusals = 0
    this.#noteCopy()
  }

  #enter(state: CanvasState): void {
    this.#state = state
    this.#changed()
  }

  #noteCopy(): void {
    const { unsaved } = this.#canvas
    if (this.unsavedCount > 0 || this.#copy.writers.size > 0) {
      this.#copy.noteWriters(unsaved.saved, unsaved.settledWriters())
    }
    this.#copy.noteUnsaved(Math.max(this.unsavedCount, Number(this.#unheard)), this.#unsavedBytes)
  }

  #changed(): void {
    if (this.#closed) return
    // The page that would not take my strokes was turned: the next one may.
    const { pageId } = this.#canvas
    if (this.#state.kind === 'refused' && this.#synced && pageId !== '' && pageId !== this.#refusedOn) {
      this.#refusedOn = pageId
      this.#mayDrawAgain()
      return
    }
    this.#noteCopy()
    this.#question.watch()
    this.options.onChange()
  }
}
