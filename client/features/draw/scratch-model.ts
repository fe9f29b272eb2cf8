import { toBase64 } from '../../../shared/canvas/base64.ts'
import { shallowRef, watch } from 'vue'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { MAX_STROKES_PER_PAGE } from '../../../shared/canvas/limits.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import type { RoomSocket } from '../../net/socket.ts'
import { strokesWithin } from './hit-test.ts'
import { InkPen } from './ink-pen.ts'
import { InkSender } from './ink-sender.ts'
import type { GhostStroke, PadCursor, PadModel, PadReason, PadStatus } from './pad-model.ts'
import type { PadStroke } from './pad-stroke.ts'
import type { PenPoint } from './pen-point.ts'
import { ScratchGuesses, type ScratchGuess } from './scratch-guess.ts'
import type { StrokeBuilder } from './stroke-builder.ts'

/** Name of the scratch pad's canvas and of its only page. */
const SCRATCH = 'scratch'
const MAX_STEPS = 200
/** Until the pad is opened anew where that was refused. */
const RETRY_MS = 2_000

/** The home page's pad: strokes in memory alone, looked at by the server as they are drawn, stored nowhere. */
export class ScratchModel implements PadModel {
  readonly pageId = shallowRef(SCRATCH)
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
  readonly edits = null
  /** Null until the model has introduced itself. */
  readonly guess = shallowRef<ScratchGuess | null>(null)

  readonly #socket: RoomSocket
  readonly #sender: InkSender
  readonly #pen: InkPen
  readonly #guesses = new ScratchGuesses()
  readonly #stops: (() => void)[]
  #past: (readonly PadStroke[])[] = []
  #future: (readonly PadStroke[])[] = []
  #erasing = false
  #open = false
  #openings = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false
  #telling = false
  #version = 0
  #toldVersion = 0

  constructor(socket: RoomSocket) {
    this.#socket = socket
    this.#sender = new InkSender({
      canvasId: SCRATCH,
      pageId: () => (this.#open ? SCRATCH : ''),
      // The strokes travel this way alone, so none may be dropped.
      send: (messages) => socket.sendInk(messages, { reliable: true }),
    })
    this.#pen = new InkPen({ sender: this.#sender, commit: (id, stroke) => this.#add(id, stroke) })
    this.#stops = [
      socket.on('prediction', ({ items }) => {
        for (const item of items) {
          if (item.canvasId === SCRATCH && this.#guesses.offer(item, this.#points())) this.#showGuess()
        }
      }),
      watch(
        socket.status,
        (status) => {
          if (status === 'online') void this.#enter()
          else {
            this.#open = false
            if (status === 'offline') this.status.value = 'offline'
          }
        },
        { immediate: true },
      ),
    ]
  }

  get live(): StrokeBuilder | null {
    return this.#pen.live
  }

  beginStroke(point: PenPoint): boolean {
    if (this.strokes.value.length >= MAX_STROKES_PER_PAGE) return false
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
    this.#guesses.restart(this.#points())
  }
  eraseAt(x: number, y: number, radius: number): void {
    const gone = new Set(strokesWithin(this.strokes.value, x, y, radius))
    if (gone.size === 0) return
    if (!this.#erasing) this.#step()
    this.#erasing = true
    this.#replace(this.strokes.value.filter(({ id }) => !gone.has(id)))
  }
  endErase(): void {
    this.#erasing = false
  }
  moveCursor(): void {
    // Nobody else is here to see it.
  }
  undo(): void {
    const before = this.#past.pop()
    if (!before) return
    this.#future.push(this.strokes.value)
    this.#replace(before)
  }
  redo(): void {
    const after = this.#future.pop()
    if (!after) return
    this.#past.push(this.strokes.value)
    this.#replace(after)
  }
  clear(): void {
    if (this.strokes.value.length === 0) return
    this.#step()
    this.#replace([])
  }
  restoreCleared(): void {
    if (this.strokes.value.length === 0) this.undo()
  }
  turnPage(): null {
    return null
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    for (const stop of this.#stops) stop()
    this.#sender.close()
  }

  #add(id: string, stroke: Stroke): void {
    this.#step()
    this.strokes.value = [
      ...this.strokes.value,
      { id, strokeId: id, stroke, userId: null, committedAt: null },
    ]
    this.#count()
    void this.#tell()
  }

  /** Remembers how things are, before a change. */
  #step(): void {
    this.#past.push(this.strokes.value)
    if (this.#past.length > MAX_STEPS) this.#past.shift()
    this.#future = []
  }

  #replace(strokes: readonly PadStroke[]): void {
    this.strokes.value = strokes
    this.#count()
    this.#guesses.restart(this.#points())
    this.#showGuess()
    void this.#tell()
  }

  #count(): void {
    this.canUndo.value = this.#past.length > 0
    this.canRedo.value = this.#future.length > 0
  }

  #points(): number {
    const finished = this.strokes.value.reduce((sum, { stroke }) => sum + stroke.xs.length, 0)
    return finished + (this.#pen.live?.count ?? 0)
  }

  #showGuess(): void {
    this.guess.value = this.#guesses.current
  }

  /** The server remembers nothing of an earlier connection: it is told all that is drawn. */
  async #enter(): Promise<void> {
    const opening = ++this.#openings
    clearTimeout(this.#retry)
    try {
      const { model, classes } = await this.#socket.command('scratch:open', { protocol: PROTOCOL_VERSION })
      if (opening !== this.#openings) return
      this.#guesses.setClasses(classes, model.classIds)
      this.#showGuess()
      this.#open = true
      this.status.value = 'live'
      if (this.strokes.value.length > 0) await this.#tell()
      this.#sender.restart()
    } catch {
      // The pad draws on without guesses; the next connection asks again, and so does this one after a pause.
      if (opening !== this.#openings || this.#closed) return
      this.status.value = 'offline'
      this.#retry = setTimeout(() => {
        if (opening === this.#openings && this.#socket.status.value === 'online') void this.#enter()
      }, RETRY_MS)
    }
  }

  /**
   * Tells the server the finished strokes, since their tails are forgotten after a while; one message at a time, and
   * what changes meanwhile goes out with the next.
   */
  async #tell(): Promise<void> {
    this.#version++
    if (this.#telling) return
    this.#telling = true
    while (this.#toldVersion !== this.#version && this.#open) await this.#tellNow()
    this.#telling = false
  }

  async #tellNow(): Promise<void> {
    this.#toldVersion = this.#version
    const strokes = this.strokes.value.map(({ id, stroke }) => ({
      id,
      base64: toBase64(encodeStroke(stroke)),
    }))
    try {
      await this.#socket.command('scratch:set', { strokes })
    } catch {
      // A connection that broke tells everything anew when it is back; the guess shown stays meanwhile.
    }
  }
}
