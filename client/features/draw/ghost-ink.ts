import { MAX_POINTS_PER_STROKE } from '../../../shared/canvas/limits.ts'
import { GHOST_LIFE_MS, type InkTail, type RoomInk } from '../../../shared/protocol/ink.ts'
import type { GhostStroke, PadCursor } from './pad-model.ts'

/** Late tails of a finished stroke are ignored for this long, in ms. */
export const FINISHED_MS = 10_000
/** A cursor that does not move fades after this, in ms. */
export const CURSOR_LIFE_MS = 3_000
const MAX_GHOSTS = 256
const MAX_FINISHED = 4_000
const MAX_CURSORS = 256

interface Ghost extends GhostStroke {
  pageId: string
  readonly xs: number[]
  readonly ys: number[]
  seenAt: number
}

export interface GhostInkOptions {
  readonly canvasId: string
  /** Whose ink is ignored: my own comes back with the room's. */
  readonly selfId: string
}

/** Others' strokes in progress and cursors on one canvas, put together from tails of which some get lost. Times in ms. */
export class GhostInk {
  readonly #ghosts = new Map<string, Ghost>()
  readonly #cursors = new Map<string, PadCursor & { readonly seenAt: number }>()
  readonly #finished = new Map<string, { readonly userId: string | null; readonly at: number }>()

  constructor(private readonly options: GhostInkOptions) {}

  /** Answers whether any of the batch was for this canvas and from somebody else. */
  receive(batch: readonly RoomInk[], now: number): boolean {
    let changed = false
    for (const { userId, message } of batch) {
      if (message.canvasId !== this.options.canvasId || userId === this.options.selfId) continue
      changed = true
      if (message.kind === 'tail') this.#extend(userId, message, now)
      else if (message.kind === 'ended') this.finish(message.strokeId, now)
      else if (this.#cursors.has(userId) || this.#cursors.size < MAX_CURSORS) {
        this.#cursors.set(userId, { userId, x: message.x, y: message.y, seenAt: now })
      }
    }
    return changed
  }

  /** The stroke is committed or given up. Answers who drew it, null where no tail told. */
  finish(strokeId: string, now: number): string | null {
    const known = this.#finished.get(strokeId)
    if (known) return known.userId
    const userId = this.#ghosts.get(strokeId)?.userId ?? null
    this.#ghosts.delete(strokeId)
    this.#finished.set(strokeId, { userId, at: now })
    if (this.#finished.size > MAX_FINISHED) {
      const oldest = this.#finished.keys().next()
      if (!oldest.done) this.#finished.delete(oldest.value)
    }
    return userId
  }

  /** Forgets what is too old; answers whether anything that shows went away. */
  sweep(now: number): boolean {
    let changed = false
    for (const [id, { at }] of this.#finished) if (now - at > FINISHED_MS) this.#finished.delete(id)
    for (const [id, { seenAt }] of this.#ghosts) {
      if (now - seenAt > GHOST_LIFE_MS) changed = this.#ghosts.delete(id) || changed
    }
    for (const [id, { seenAt }] of this.#cursors) {
      if (now - seenAt > CURSOR_LIFE_MS) changed = this.#cursors.delete(id) || changed
    }
    return changed
  }

  /** Whether a sweep has anything to look after. */
  get idle(): boolean {
    return this.#ghosts.size === 0 && this.#cursors.size === 0 && this.#finished.size === 0
  }

  ghostsOn(pageId: string): ReadonlyMap<string, GhostStroke> {
    return new Map([...this.#ghosts].filter(([, ghost]) => ghost.pageId === pageId))
  }

  cursors(): readonly PadCursor[] {
    return [...this.#cursors.values()]
  }

  /** A gap left by a lost packet is bridged by a straight line, until the committed stroke replaces it all. */
  #extend(userId: string, tail: InkTail, now: number): void {
    if (this.#finished.has(tail.strokeId)) return
    const ghost = this.#ghosts.get(tail.strokeId) ?? this.#begin(userId, tail, now)
    if (ghost?.userId !== userId) return
    ghost.seenAt = now
    ghost.pageId = tail.pageId
    const keep = Math.min(tail.start, ghost.xs.length)
    const room = MAX_POINTS_PER_STROKE - keep
    if (keep + tail.xs.length <= ghost.xs.length) return
    ghost.xs.length = keep
    ghost.ys.length = keep
    for (let i = 0; i < Math.min(tail.xs.length, room); i++) {
      ghost.xs.push(tail.xs[i] ?? 0)
      ghost.ys.push(tail.ys[i] ?? 0)
    }
  }

  #begin(userId: string, tail: InkTail, now: number): Ghost | null {
    if (this.#ghosts.size >= MAX_GHOSTS) return null
    const ghost = { id: tail.strokeId, userId, pageId: tail.pageId, xs: [], ys: [], seenAt: now }
    this.#ghosts.set(tail.strokeId, ghost)
    return ghost
  }
}
