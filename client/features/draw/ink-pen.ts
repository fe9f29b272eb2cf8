import type { Stroke } from '../../../shared/canvas/stroke.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { InkSender } from './ink-sender.ts'
import type { PenPoint } from './pen-point.ts'
import { StrokeBuilder } from './stroke-builder.ts'

export interface InkPenOptions {
  readonly sender: InkSender
  /** Takes a finished stroke. */
  readonly commit: (id: string, stroke: Stroke) => void
}

/** My pen: the stroke in progress, told to the room while it grows and committed when the pen is lifted. */
export class InkPen {
  #live: StrokeBuilder | null = null

  constructor(private readonly options: InkPenOptions) {}

  get live(): StrokeBuilder | null {
    return this.#live
  }

  begin(point: PenPoint): void {
    this.commit()
    this.#live = new StrokeBuilder(newId(), point)
    this.options.sender.drawn(this.#live)
  }

  /** A stroke that reaches the most points is committed, and a new one goes on from its end. */
  extend(points: readonly PenPoint[]): void {
    for (const point of points) {
      if (!this.#live) return
      if (this.#live.full) this.begin({ ...this.#live.last, time: point.time })
      this.#live.add(point)
    }
    if (this.#live) this.options.sender.drawn(this.#live)
  }

  commit(): void {
    const stroke = this.#live
    if (!stroke) return
    stroke.finish()
    this.#live = null
    this.options.sender.ended(stroke)
    this.options.commit(stroke.id, stroke.toStroke())
  }

  cancel(): void {
    if (!this.#live) return
    this.options.sender.cancelled(this.#live)
    this.#live = null
  }
}
