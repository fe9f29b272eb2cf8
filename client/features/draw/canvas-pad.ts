import { shallowRef, watch, type Ref } from 'vue'
import type { IdentifiedStroke } from '../../../shared/canvas/stroke.ts'
import { decodeRoomInk, InkError } from '../../../shared/protocol/ink.ts'
import type { CanvasDoc } from '../../net/canvas-doc.ts'
import type { CanvasLink, CanvasLinkOptions, CanvasState } from '../../net/canvas-link.ts'
import { retryPause } from '../../net/jitter.ts'
import type { RoomSocket } from '../../net/socket.ts'
import { GhostInk } from './ghost-ink.ts'
import { strokesWithin } from './hit-test.ts'
import { InkPen } from './ink-pen.ts'
import { InkSender } from './ink-sender.ts'
import type {
  GhostStroke,
  PadCursor,
  PadEdits,
  PadModel,
  PadReason,
  PadStatus,
  PageTurn,
} from './pad-model.ts'
import type { PadStroke } from './pad-stroke.ts'
import type { PenPoint } from './pen-point.ts'
import { Selection } from './selection.ts'
import type { StrokeBuilder } from './stroke-builder.ts'

const SWEEP_MS = 500
/** Own strokes remembered as such, for their undo and redo. */
const MAX_MINE = 5_000

export interface CanvasPadOptions extends Omit<CanvasLinkOptions, 'onChange' | 'socket'> {
  readonly socket: RoomSocket
  readonly userId: string
  readonly canDraw: Readonly<Ref<boolean>>
}

/** A room's canvas as a pad draws it: its document over one socket, ink in progress over the other. */
export class CanvasPad implements PadModel {
  readonly pageId = shallowRef('')
  readonly strokes = shallowRef<readonly PadStroke[]>([])
  readonly ghosts = shallowRef<ReadonlyMap<string, GhostStroke>>(new Map())
  readonly cursors = shallowRef<readonly PadCursor[]>([])
  readonly canUndo = shallowRef(false)
  readonly canRedo = shallowRef(false)
  readonly status = shallowRef<PadStatus>('loading')
  readonly reason = shallowRef<PadReason>(null)
  readonly unsaved = shallowRef(0)
  readonly unkept = shallowRef(0)
  readonly nearlyFull = shallowRef(false)
  readonly edits: PadEdits

  readonly #options: CanvasPadOptions
  readonly #ghostInk: GhostInk
  readonly #sender: InkSender
  readonly #pen: InkPen
  readonly #known = new Map<string, PadStroke>()
  readonly #mine = new Set<string>()
  readonly #stops: (() => void)[]
  #link: CanvasLink | null = null
  #shownBefore = false
  #sweeper: ReturnType<typeof setInterval> | null = null
  #opener: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: CanvasPadOptions) {
    this.#options = options
    this.edits = this.#makeEdits()
    const { canvasId, socket, userId, canDraw } = options
    this.#ghostInk = new GhostInk({ canvasId, selfId: userId })
    this.#sender = new InkSender({
      canvasId,
      pageId: () => this.pageId.value,
      send: (messages) => socket.sendInk(messages),
    })
    this.#pen = new InkPen({
      sender: this.#sender,
      commit: (id, stroke) => {
        this.#remember(id)
        this.#link?.commit(id, stroke)
      },
    })
    this.#stops = [socket.on('ink', (batch) => this.#receive(batch)), watch(canDraw, () => this.#refresh())]
    void this.#open()
  }

  get live(): StrokeBuilder | null {
    return this.#pen.live
  }

  beginStroke(point: PenPoint): boolean {
    if (!this.#takesInk) return false
    this.#pen.begin(point)
    return true
  }
  extendStroke(points: readonly PenPoint[]): void {
    this.#pen.extend(points)
  }
  commitStroke(): void {
    this.#pen.commit()
  }
  cancelStroke(): void {
    this.#pen.cancel()
  }
  eraseAt(x: number, y: number, radius: number): void {
    if (this.#takesInk) this.#link?.erase(strokesWithin(this.strokes.value, x, y, radius))
  }
  endErase(): void {
    this.#link?.canvas.endStep()
  }
  moveCursor(x: number, y: number): void {
    if (this.status.value !== 'readonly') this.#sender.moved(x, y)
  }
  undo(): void {
    if (!this.#takesInk || !this.#link) return
    if (!this.#link.dropHeld()) this.#link.canvas.undo()
  }
  redo(): void {
    if (this.#takesInk) this.#link?.canvas.redo()
  }
  clear(): void {
    if (this.#takesInk) this.#link?.canvas.clear()
  }
  restoreCleared(): void {
    if (this.#takesInk) this.#link?.canvas.restoreCleared()
  }
  turnPage(): PageTurn | null {
    this.#pen.commit()
    return this.#link?.canvas.turn() ?? null
  }
  /** Brings back a page that an earlier page load turned for a label that came to nothing, if nothing was drawn since. */
  bringBack(pageId: string): void {
    if (this.#takesInk) this.#link?.canvas.bringBack(pageId)
  }

  close(): void {
    this.#pen.commit()
    this.endErase()
    this.#closed = true
    for (const stop of this.#stops) stop()
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    clearTimeout(this.#opener)
    this.#sender.close()
    this.#link?.close()
  }

  get #takesInk(): boolean {
    return this.#options.canDraw.value && this.#link?.takesInk === true && !this.#closed
  }

  #makeEdits(): PadEdits {
    const canvas = (): CanvasDoc | null => (this.#takesInk ? (this.#link?.canvas ?? null) : null)
    return {
      selection: new Selection({
        strokes: this.strokes,
        move: (ids, offset) => canvas()?.move(ids, offset),
        erase: (ids) => {
          if (this.#takesInk) this.#link?.erase(ids)
          this.endErase()
        },
        duplicate: (ids, offset) => {
          const copies = canvas()?.duplicate(ids, offset, Date.now()) ?? []
          for (const id of copies) this.#remember(id)
          this.#refresh()
          return copies
        },
      }),
      rubAt: (x, y, radius) => canvas()?.erasePart(x, y, radius),
    }
  }

  /** Yjs and the connection come when a canvas is opened, not with the page. */
  async #open(tries = 0): Promise<void> {
    try {
      const { CanvasLink } = await import('../../net/canvas-link.ts')
      if (this.#closed) return
      this.#link = new CanvasLink({ ...this.#options, onChange: () => this.#refresh() })
      this.#refresh()
    } catch {
      // The browser could not fetch this part of the page; the pad says so and tries again.
      if (this.#closed) return
      this.status.value = 'failed'
      this.#opener = setTimeout(() => void this.#open(tries + 1), retryPause(tries))
    }
  }

  #refresh(): void {
    const link = this.#link
    if (!link) return
    const { status, reason } = standing(link, this.#options.canDraw.value)
    this.status.value = status
    this.reason.value = reason
    this.pageId.value = link.canvas.pageId
    this.strokes.value = this.#dressed(link.strokes)
    this.canUndo.value = this.#takesInk && (link.held.length > 0 || link.canvas.canUndo)
    this.canRedo.value = this.#takesInk && link.canvas.canRedo
    this.unsaved.value = link.unsavedCount
    this.nearlyFull.value = link.canvas.nearlyFull
    this.unkept.value = link.keeping === 'device' ? 0 : link.unsavedCount
    if (link.state.kind === 'live') this.#shownBefore = true
    this.#showGhosts()
  }

  /** Strokes with their authors; a stroke seen before stays the same object, so that it dries once. */
  #dressed(strokes: readonly IdentifiedStroke[]): readonly PadStroke[] {
    const now = performance.now()
    const dressed = strokes.map((stroke) => {
      const known = this.#known.get(stroke.id) ?? this.#known.get(this.#strokeOf(stroke.id))
      return known?.id === stroke.id && known.stroke === stroke.stroke
        ? known
        : this.#dress(stroke, known, now)
    })
    this.#known.clear()
    for (const stroke of dressed) {
      this.#known.set(stroke.id, stroke)
      // A piece that shows for the first time is drawn by whom its stroke was.
      this.#known.set(stroke.strokeId, stroke)
    }
    return dressed
  }

  #dress({ id, stroke }: IdentifiedStroke, known: PadStroke | undefined, now: number): PadStroke {
    const strokeId = this.#strokeOf(id)
    // What this device kept from an earlier page load is mine as well.
    if (this.#link?.isUnsaved(strokeId)) this.#remember(strokeId)
    if (this.#mine.has(strokeId)) {
      return { id, strokeId, stroke, userId: this.#options.userId, committedAt: null }
    }
    const drawer = this.#ghostInk.finish(strokeId, now)
    return {
      id,
      strokeId,
      stroke,
      userId: drawer ?? known?.userId ?? null,
      committedAt: known ? known.committedAt : this.#shownBefore ? now : null,
    }
  }

  #strokeOf(id: string): string {
    return this.#link?.canvas.strokeIdOf(id) ?? id
  }

  #remember(id: string): void {
    this.#mine.add(id)
    const oldest = this.#mine.values().next()
    if (this.#mine.size > MAX_MINE && !oldest.done) this.#mine.delete(oldest.value)
  }

  #receive(batch: Uint8Array): void {
    try {
      if (!this.#ghostInk.receive(decodeRoomInk(batch), performance.now())) return
    } catch (error) {
      if (error instanceof InkError) return
      throw error
    }
    this.#showGhosts()
  }

  #showGhosts(): void {
    this.ghosts.value = this.#ghostInk.ghostsOn(this.pageId.value)
    this.cursors.value = this.#ghostInk.cursors()
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    if (this.#ghostInk.sweep(performance.now())) this.#showGhosts()
    if (!this.#ghostInk.idle || this.#sweeper === null) return
    clearInterval(this.#sweeper)
    this.#sweeper = null
  }
}

/** What the pad says of the link's state to somebody who may draw there, or may not. */
function standing(
  { state, full }: { readonly state: CanvasState; readonly full: boolean },
  canDraw: boolean,
): { status: PadStatus; reason: PadReason } {
  if (state.kind === 'ended') {
    return { status: state.why === 'revoked' ? 'readonly' : 'failed', reason: state.why }
  }
  if (state.kind === 'refused') return { status: 'readonly', reason: 'refused' }
  if (!canDraw && state.kind === 'live') return { status: 'readonly', reason: 'viewer' }
  return { status: state.kind, reason: full ? 'device-full' : null }
}
