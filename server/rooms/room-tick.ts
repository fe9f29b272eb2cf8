import { toBase64 } from '../../shared/canvas/base64.ts'
import type { CanvasInfo } from '../../shared/protocol/entities.ts'
import type { WireStroke } from '../../shared/protocol/events.ts'
import { encodeRoomInk, INK_TICK_MS, type InkCursor, type RoomInk } from '../../shared/protocol/ink.ts'
import type { PageChange } from './canvas-view.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomPayload } from './ports.ts'

const CURSOR_MS = 100
/** Ink messages a batch may hold; older ones give way, since ink is volatile. */
const MAX_BATCH = 2_000

export interface TickSends {
  ink(batch: Uint8Array): void
  changed(change: RoomPayload<'canvas:changed'>): void
  canvases(canvases: readonly CanvasInfo[]): void
}

interface Gathered {
  pageId: string
  turned: boolean
  readonly added: Map<string, Uint8Array>
  readonly removed: Set<string>
}

/** Gathers what happens in a room and sends it once a tick; nothing runs while nothing happens. */
export class RoomTick {
  private ink: RoomInk[] = []
  private readonly cursors = new Map<string, InkCursor>()
  private readonly changes = new Map<string, Gathered>()
  private readonly canvases = new Map<string, CanvasInfo>()
  private cursorsAt = -Infinity
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly clock: Clock,
    private readonly sends: TickSends,
  ) {}

  addInk(entry: RoomInk): void {
    if (entry.message.kind === 'cursor') this.cursors.set(entry.userId, entry.message)
    else {
      this.ink.push(entry)
      if (this.ink.length > MAX_BATCH) this.ink.shift()
    }
    this.arm()
  }

  /** A canvas is new, or its name or openness changed. */
  addCanvas(canvas: CanvasInfo): void {
    this.canvases.set(canvas.id, canvas)
    this.arm()
  }

  addChange(canvasId: string, { pageId, turned, added, removed }: PageChange): void {
    const known = this.changes.get(canvasId)
    const change: Gathered =
      known === undefined || turned
        ? { pageId, turned: turned || known?.turned === true, added: new Map(), removed: new Set() }
        : known
    for (const { id, bytes } of added) {
      change.added.set(id, bytes)
      change.removed.delete(id)
    }
    for (const id of removed) {
      if (!change.added.delete(id) || !change.turned) change.removed.add(id)
    }
    this.changes.set(canvasId, change)
    this.arm()
  }

  /** Sends what was gathered, at once. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    if (this.canvases.size > 0) {
      const canvases = [...this.canvases.values()]
      this.canvases.clear()
      this.sends.canvases(canvases)
    }
    this.takeCursors()
    if (this.ink.length > 0) {
      const batch = encodeRoomInk(this.ink)
      this.ink = []
      this.sends.ink(batch)
    }
    const changes = [...this.changes]
    this.changes.clear()
    for (const [canvasId, { pageId, turned, added, removed }] of changes) {
      const strokes: WireStroke[] = [...added].map(([id, bytes]) => ({ id, base64: toBase64(bytes) }))
      this.sends.changed({ canvasId, pageId, turned, added: strokes, removed: [...removed] })
    }
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
  }

  private arm(): void {
    this.timer ??= setTimeout(() => this.flush(), INK_TICK_MS)
  }

  private takeCursors(): void {
    if (this.cursors.size === 0) return
    const now = this.clock.now()
    if (now - this.cursorsAt < CURSOR_MS) {
      this.arm()
      return
    }
    this.cursorsAt = now
    for (const [userId, message] of this.cursors) this.ink.push({ userId, message })
    this.cursors.clear()
  }
}
