import { snap } from '../../../shared/canvas/codec.ts'
import { MAX_POINTS_PER_STROKE } from '../../../shared/canvas/limits.ts'
import type { Stroke } from '../../../shared/canvas/stroke.ts'
import type { PenPoint } from './pen-point.ts'

/** Points nearer than this to the one before are left out, in page pixels. */
export const LEAST_STEP = 0.7

const FIRST_CAPACITY = 256

/**
 * A stroke while it is drawn. Kept points never change, so that what was sent of them stays true; they lie on the
 * codec's grid, so that the committed stroke is the very one that was drawn.
 */
export class StrokeBuilder {
  /** Epoch ms of the first point. */
  readonly at: number
  #count = 0
  #xs = new Float32Array(FIRST_CAPACITY)
  #ys = new Float32Array(FIRST_CAPACITY)
  #times = new Float32Array(FIRST_CAPACITY)
  #pressures: Float32Array | null
  #last: PenPoint

  constructor(
    readonly id: string,
    first: PenPoint,
  ) {
    this.at = Math.round(first.time)
    this.#pressures = first.pressure === null ? null : new Float32Array(FIRST_CAPACITY)
    this.#last = first
    this.#keep(first)
  }

  /** Kept points; `xs`, `ys` and `pressures` may be longer. */
  get count(): number {
    return this.#count
  }
  get xs(): Float32Array {
    return this.#xs
  }
  get ys(): Float32Array {
    return this.#ys
  }
  get pressures(): Float32Array | null {
    return this.#pressures
  }
  get full(): boolean {
    return this.#count >= MAX_POINTS_PER_STROKE
  }
  get last(): PenPoint {
    return this.#last
  }

  /** Takes a point unless it is too near the one before; answers whether it was kept. */
  add(point: PenPoint): boolean {
    if (this.full) return false
    this.#last = point
    const dx = point.x - (this.#xs[this.#count - 1] ?? 0)
    const dy = point.y - (this.#ys[this.#count - 1] ?? 0)
    if (dx * dx + dy * dy < LEAST_STEP * LEAST_STEP) return false
    this.#keep(point)
    return true
  }

  /** Keeps the very last point, however near, so that the stroke ends where the pen was lifted. */
  finish(): void {
    const end = this.#count - 1
    const moved = snap(this.#last.x) !== this.#xs[end] || snap(this.#last.y) !== this.#ys[end]
    if (moved && !this.full) this.#keep(this.#last)
  }

  toStroke(): Stroke {
    const count = this.#count
    return {
      at: this.at,
      xs: this.#xs.slice(0, count),
      ys: this.#ys.slice(0, count),
      pressures: this.#pressures?.slice(0, count) ?? null,
      times: this.#times.slice(0, count),
    }
  }

  #keep(point: PenPoint): void {
    if (this.#count === this.#xs.length) this.#grow()
    const i = this.#count++
    // The codec knows no negative zero.
    this.#xs[i] = snap(point.x) + 0
    this.#ys[i] = snap(point.y) + 0
    this.#times[i] = Math.max(this.#times[i - 1] ?? 0, Math.round(point.time - this.at))
    if (this.#pressures) this.#pressures[i] = Math.round((point.pressure ?? 0.5) * 255) / 255
  }

  #grow(): void {
    this.#xs = doubled(this.#xs)
    this.#ys = doubled(this.#ys)
    this.#times = doubled(this.#times)
    if (this.#pressures) this.#pressures = doubled(this.#pressures)
  }
}

function doubled(values: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(values.length * 2)
  larger.set(values)
  return larger
}
