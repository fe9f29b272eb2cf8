import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { Offset } from '../../../shared/canvas/amend.ts'
import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import { boxOf, type Box } from '../../net/stroke-box.ts'
import { strokesWithin } from './hit-test.ts'
import type { PadStroke } from './pad-stroke.ts'

/** A canvas on which strokes can be changed; each change names strokes by any of their pieces and is one step of undo. */
export interface SelectionHost {
  readonly strokes: Readonly<ShallowRef<readonly PadStroke[]>>
  move(ids: readonly string[], offset: Offset): void
  erase(ids: readonly string[]): void
  /** Answers the ids of the copies, none where there is no room for them. */
  duplicate(ids: readonly string[], offset: Offset): readonly string[]
}

/** How far from what was copied a copy lies, page pixels. */
const COPY_OFFSET: Offset = { dx: 32, dy: 32 }
/** Space between the selected strokes and the line around them, page pixels. */
const PADDING = 14
const STILL: Offset = { dx: 0, dy: 0 }

/** The strokes that somebody took hold of, here alone; the others see what becomes of them. Page pixels throughout. */
export class Selection {
  /** How far the selected strokes are dragged from where they lie; null while they are not. */
  readonly dragged = shallowRef<Offset | null>(null)
  /** The box that is being drawn around strokes. */
  readonly frame = shallowRef<Box | null>(null)
  readonly pieces: ComputedRef<readonly PadStroke[]>
  /** Around all that is selected, where it lies without the drag; null for nothing. */
  readonly box: ComputedRef<Box | null>
  readonly #host: SelectionHost
  readonly #strokeIds = shallowRef<ReadonlySet<string>>(new Set())
  #from: { readonly x: number; readonly y: number } | null = null

  constructor(host: SelectionHost) {
    this.#host = host
    this.pieces = computed(() =>
      host.strokes.value.filter(({ strokeId }) => this.#strokeIds.value.has(strokeId)),
    )
    this.box = computed(() => around(this.pieces.value))
  }

  /** A pointer goes down: on the selection or a stroke within `reach` it takes hold of that, elsewhere it begins a box. */
  begin(x: number, y: number, reach: number): void {
    this.#from = { x, y }
    const { value: box } = this.box
    if (box && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) {
      this.dragged.value = STILL
      return
    }
    const hit = strokesWithin(this.#host.strokes.value, x, y, reach).at(-1)
    this.#select(hit === undefined ? [] : [hit])
    if (hit === undefined) this.frame.value = { left: x, top: y, right: x, bottom: y }
    else this.dragged.value = STILL
  }

  drag(x: number, y: number): void {
    const from = this.#from
    if (!from) return
    if (this.dragged.value) this.dragged.value = this.#held({ dx: x - from.x, dy: y - from.y })
    else if (this.frame.value) {
      const frame = {
        left: Math.min(from.x, x),
        top: Math.min(from.y, y),
        right: Math.max(from.x, x),
        bottom: Math.max(from.y, y),
      }
      this.frame.value = frame
      this.#select(this.#host.strokes.value.filter((piece) => enters(piece, frame)).map(({ id }) => id))
    }
  }

  /** The pointer is lifted, or (not `meant`) was taken away: then nothing moves. */
  end(meant: boolean): void {
    const dragged = this.dragged.value
    this.#from = null
    this.frame.value = null
    this.dragged.value = null
    if (meant && dragged && (dragged.dx !== 0 || dragged.dy !== 0)) this.#host.move(this.#ids(), dragged)
  }

  drop(): void {
    this.end(false)
    this.#select([])
  }

  remove(): void {
    const ids = this.#ids()
    this.drop()
    this.#host.erase(ids)
  }

  /** Copies what is selected and takes hold of the copy. */
  duplicate(): void {
    const copies = this.#host.duplicate(this.#ids(), this.#held(COPY_OFFSET))
    if (copies.length > 0) this.#select(copies)
  }

  #ids(): string[] {
    return this.pieces.value.map(({ id }) => id)
  }

  #select(ids: readonly string[]): void {
    const chosen = new Set(ids)
    const strokes = this.#host.strokes.value.filter(({ id }) => chosen.has(id))
    this.#strokeIds.value = new Set(strokes.map(({ strokeId }) => strokeId))
  }

  /** The middle of what is selected stays on the page, so that it cannot get lost. */
  #held({ dx, dy }: Offset): Offset {
    const { value: box } = this.box
    if (!box) return STILL
    const x = (box.left + box.right) / 2
    const y = (box.top + box.bottom) / 2
    return { dx: within(x + dx) - within(x), dy: within(y + dy) - within(y) }
  }
}

function within(value: number): number {
  return Math.min(PAGE_SIZE, Math.max(0, value))
}

function around(pieces: readonly PadStroke[]): Box | null {
  if (pieces.length === 0) return null
  const boxes = pieces.map(({ stroke }) => boxOf(stroke))
  return {
    left: Math.min(...boxes.map(({ left }) => left)) - PADDING,
    top: Math.min(...boxes.map(({ top }) => top)) - PADDING,
    right: Math.max(...boxes.map(({ right }) => right)) + PADDING,
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)) + PADDING,
  }
}

function enters({ stroke: { xs, ys } }: PadStroke, { left, top, right, bottom }: Box): boolean {
  return xs.some((x, i) => {
    const y = ys[i] ?? 0
    return x >= left && x <= right && y >= top && y <= bottom
  })
}
