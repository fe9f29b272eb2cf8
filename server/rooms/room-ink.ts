import type { InkPart } from '../../shared/protocol/ink.ts'
import type { Clock } from '../ops/clock.ts'
import type { Access } from './access.ts'
import type { Canvases } from './canvases.ts'
import { GhostWatch } from './ghost-watch.ts'
import type { RoomHand } from './hand.ts'
import type { InkBatch } from './ink-batch.ts'
import type { RoomMetrics } from './ports.ts'
import type { Predictions } from './predictions.ts'
import type { RoomTick } from './room-tick.ts'

export interface RoomInkOptions {
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly access: Pick<Access, 'mayDraw'>
  readonly hand: Pick<RoomHand, 'mayInk'>
  readonly canvases: Canvases
  readonly predictions: Pick<Predictions, 'inkChanged'>
  readonly tick: Pick<RoomTick, 'addInk' | 'whole'>
}

/** The ink in progress of a room. */
export class RoomInk {
  private readonly ghosts: GhostWatch

  constructor(private readonly options: RoomInkOptions) {
    const { canvases, predictions } = options
    this.ghosts = new GhostWatch(
      () => canvases.busyViews(),
      (view) => predictions.inkChanged(view),
    )
  }

  /** Takes in ink of somebody who may draw on the canvas it names; other ink is dropped. */
  take(userId: string, part: InkPart): void {
    const { access, canvases, hand, clock, metrics, tick, predictions } = this.options
    const { message } = part
    const canvas = canvases.find(message.canvasId)
    if (!canvas || !access.mayDraw(userId, canvas)) return
    if (message.kind === 'tail' && !hand.mayInk(userId, canvas.id, clock.now())) {
      metrics?.refused('frozen')
      return
    }
    tick.addInk(userId, part)
    if (message.kind === 'cursor') return
    const view = canvases.viewOf(message.canvasId)
    if (view?.ink(message, userId)) {
      predictions.inkChanged(view)
      this.ghosts.start()
    }
  }

  /** Strokes in progress, whole, for somebody who missed some of their ink. */
  inProgress(): InkBatch {
    const { canvases, tick } = this.options
    return tick.whole(() =>
      canvases
        .busyViews()
        .flatMap((view) =>
          view.strokesInProgress().map((stroke) => ({ ...stroke, canvasId: view.canvasId })),
        ),
    )
  }

  stop(): void {
    this.ghosts.stop()
  }
}
