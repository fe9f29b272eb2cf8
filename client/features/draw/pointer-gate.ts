/** What of a pointer event decides what it means. */
export interface GatePointer {
  readonly id: number
  readonly type: string
  readonly button: number
  /** Client pixels. */
  readonly x: number
  readonly y: number
}

/**
 * What a pointer that goes down does: `draw` (whichever tool is chosen), `erase` (the pen's other end), `pan`,
 * `pinch` (a second finger: the first one's young stroke is given up), `ignore`.
 */
export type Down = 'draw' | 'erase' | 'pan' | 'pinch' | 'ignore'

/** A change of the view: zoom by `factor` about the client point (`x`, `y`), then move by (`dx`, `dy`) client pixels. */
export interface Gesture {
  readonly factor: number
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
}

/** A stroke this short is taken back when a second finger comes down; a longer one is meant, and the finger a palm. */
const YOUNG_PX = 24
const PEN_ERASER = 5

/**
 * Tells pointers apart: one draws at a time; two fingers zoom and pan; once a pen was seen, touches never draw, so
 * that a resting palm leaves no mark.
 */
export class PointerGate {
  #penSeen = false
  #drawing: { id: number; type: string; x: number; y: number; reach: number } | null = null
  #panning: GatePointer | null = null
  readonly #touches = new Map<number, { x: number; y: number }>()

  /** `hand`: the hand tool, or the space key is held. */
  down(pointer: GatePointer, hand: boolean): Down {
    const { id, type, button, x, y } = pointer
    if (type === 'touch') return this.#touchDown(pointer, hand)
    if (type === 'pen') {
      this.#penSeen = true
      this.#touches.clear()
      if (this.#drawing?.type === 'touch') this.#drawing = null
    }
    if (this.#drawing || this.#panning) return 'ignore'
    if (hand || button === 1) {
      this.#panning = pointer
      return 'pan'
    }
    if (button !== 0 && button !== PEN_ERASER) return 'ignore'
    this.#drawing = { id, type, x, y, reach: 0 }
    return button === PEN_ERASER ? 'erase' : 'draw'
  }

  /** Whether this pointer is the one that draws; keeps in mind how far it went. */
  draws({ id, x, y }: Pick<GatePointer, 'id' | 'x' | 'y'>): boolean {
    const drawing = this.#drawing
    if (drawing?.id !== id) return false
    drawing.reach = Math.max(drawing.reach, Math.hypot(x - drawing.x, y - drawing.y))
    return true
  }

  /** How the view changes with this pointer's move; null where it changes nothing. */
  gesture(pointer: GatePointer): Gesture | null {
    if (this.#panning?.id === pointer.id) {
      const { x, y } = this.#panning
      this.#panning = pointer
      return { factor: 1, x: pointer.x, y: pointer.y, dx: pointer.x - x, dy: pointer.y - y }
    }
    const before = this.#touches.get(pointer.id)
    const other = [...this.#touches].find(([id]) => id !== pointer.id)?.[1]
    if (!before) return null
    this.#touches.set(pointer.id, { x: pointer.x, y: pointer.y })
    if (!other || this.#drawing) return null
    const apart = Math.hypot(before.x - other.x, before.y - other.y)
    return {
      factor: apart > 0 ? Math.hypot(pointer.x - other.x, pointer.y - other.y) / apart : 1,
      x: other.x,
      y: other.y,
      dx: 0,
      dy: 0,
    }
  }

  /** The pointer is lifted or lost; answers whether it was the one that draws. */
  up(id: number): boolean {
    this.#touches.delete(id)
    if (this.#panning?.id === id) this.#panning = null
    if (this.#drawing?.id !== id) return false
    this.#drawing = null
    return true
  }

  #touchDown(pointer: GatePointer, hand: boolean): Down {
    const { id, x, y } = pointer
    if (this.#drawing && this.#drawing.type !== 'touch') return 'ignore'
    if (this.#touches.size >= 2) return 'ignore'
    if (this.#drawing && this.#drawing.reach > YOUNG_PX) return 'ignore'
    this.#touches.set(id, { x, y })
    if (this.#touches.size === 2) {
      this.#drawing = null
      this.#panning = null
      return 'pinch'
    }
    if (hand) {
      this.#panning = pointer
      return 'pan'
    }
    if (this.#penSeen) return 'ignore'
    this.#drawing = { id, type: 'touch', x, y, reach: 0 }
    return 'draw'
  }
}
