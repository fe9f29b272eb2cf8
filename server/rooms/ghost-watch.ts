import { GHOST_LIFE_MS } from '../../shared/protocol/ink.ts'
import type { CanvasView } from './canvas-view.ts'

/** Looks after ink in progress for as long as there is any: what nobody continues disappears. */
export class GhostWatch {
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly busyViews: () => readonly CanvasView[],
    private readonly expired: (view: CanvasView) => void,
  ) {}

  start(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null
      const busy = this.busyViews()
      for (const view of busy) if (view.expire()) this.expired(view)
      if (busy.some((view) => view.busy)) this.start()
    }, GHOST_LIFE_MS / 5)
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
  }
}
