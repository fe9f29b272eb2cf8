import { INK_TICK_MS, type InkMessage } from '../../../shared/protocol/ink.ts'
import { tailsOf } from './ink-tails.ts'
import type { StrokeBuilder } from './stroke-builder.ts'

/** A person's pointer is told this often at most, in ms. */
const CURSOR_MS = 100

export interface InkSenderOptions {
  readonly canvasId: string
  /** The page that ink goes to at the moment, '' while unknown: then nothing is sent. */
  readonly pageId: () => string
  readonly send: (messages: readonly InkMessage[]) => void
}

/** Tells the room of my ink in progress: at once after a pause, every INK_TICK_MS while the pen moves. */
export class InkSender {
  #stroke: StrokeBuilder | null = null
  #sent = 0
  #sentPage = ''
  #cursor: { x: number; y: number } | null = null
  #cursorAt = -Infinity
  #inkTimer: ReturnType<typeof setTimeout> | null = null
  #cursorTimer: ReturnType<typeof setTimeout> | null = null

  constructor(private readonly options: InkSenderOptions) {}

  /** The stroke is drawn on, or has just begun. */
  drawn(stroke: StrokeBuilder): void {
    if (this.#stroke !== stroke) {
      this.#stroke = stroke
      this.#sent = 0
      this.#sentPage = ''
    }
    if (this.#inkTimer === null) this.#tick()
  }

  /** The pen was lifted: the rest goes out at once. */
  ended(stroke: StrokeBuilder): void {
    if (this.#stroke !== stroke) return
    this.#sendTails()
    this.#stroke = null
  }

  cancelled(stroke: StrokeBuilder): void {
    if (this.#stroke !== stroke) return
    this.#stroke = null
    if (this.#sentPage === '') return
    this.options.send([{ kind: 'ended', canvasId: this.options.canvasId, strokeId: stroke.id }])
  }

  /** Whoever listens has forgotten what was sent, as after a reconnect: the stroke is told anew from its start. */
  restart(): void {
    this.#sentPage = ''
    if (this.#stroke) this.drawn(this.#stroke)
  }

  moved(x: number, y: number): void {
    this.#cursor = { x, y }
    if (this.#cursorTimer !== null) return
    const wait = this.#cursorAt + CURSOR_MS - performance.now()
    if (wait <= 0) this.#sendCursor()
    else this.#cursorTimer = setTimeout(() => this.#sendCursor(), wait)
  }

  close(): void {
    if (this.#inkTimer !== null) clearTimeout(this.#inkTimer)
    if (this.#cursorTimer !== null) clearTimeout(this.#cursorTimer)
    this.#stroke = null
  }

  #tick(): void {
    this.#inkTimer = null
    if (this.#sendTails()) this.#inkTimer = setTimeout(() => this.#tick(), INK_TICK_MS)
  }

  /** A stroke whose page was turned under the pen is told anew, from its start, for the page it will land on. */
  #sendTails(): boolean {
    const stroke = this.#stroke
    const { canvasId, pageId, send } = this.options
    const page = pageId()
    if (!stroke || page === '') return false
    if (page !== this.#sentPage) {
      this.#sent = 0
      this.#sentPage = page
    }
    if (stroke.count <= this.#sent) return false
    send(tailsOf(stroke, this.#sent, canvasId, page))
    this.#sent = stroke.count
    return true
  }

  #sendCursor(): void {
    this.#cursorTimer = null
    if (!this.#cursor) return
    this.#cursorAt = performance.now()
    this.options.send([{ kind: 'cursor', canvasId: this.options.canvasId, ...this.#cursor }])
    this.#cursor = null
  }
}
