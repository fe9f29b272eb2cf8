import { toBase64 } from '../../shared/canvas/base64.ts'
import type { CanvasInfo } from '../../shared/protocol/entities.ts'
import type { WireStroke } from '../../shared/protocol/events.ts'
import { INK_TICK_MS, type InkPart } from '../../shared/protocol/ink.ts'
import type { PageChange } from './canvas-view.ts'
import { InkBatch, inkEntry, wholeTails, type DrawnSoFar, type InkEntry } from './ink-batch.ts'
import { InkThinner } from './ink-thinner.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomPayload } from './ports.ts'

const CURSOR_MS = 100
/** How long the first ink after a pause waits for others', in ms. */
const SOON_MS = 5
/** Ink messages a batch may hold; older ones give way, since ink is volatile. */
const MAX_BATCH = 2_000

export interface TickSends {
  ink(batch: InkBatch): void
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
  private full: InkEntry[] = []
  private thin: InkEntry[] = []
  private readonly thinner = new InkThinner()
  private readonly cursors = new Map<string, InkEntry>()
  private readonly changes = new Map<string, Gathered>()
  private readonly canvases = new Map<string, CanvasInfo>()
  private cursorsAt = -Infinity
  private flushedAt = -Infinity
  /** What those who missed something are told until the next tick: many of them catch up at once. */
  private progress: { readonly batch: InkBatch; readonly until: number } | null = null
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly clock: Clock,
    private readonly sends: TickSends,
  ) {}

  addInk(userId: string, { message, bytes }: InkPart): void {
    const entry: InkEntry = { userId, canvasId: message.canvasId, bytes }
    this.arm()
    if (message.kind === 'cursor') {
      this.cursors.set(userId, entry)
      return
    }
    push(this.full, entry)
    if (message.kind === 'ended') {
      this.thinner.end(message.strokeId, userId)
      push(this.thin, entry)
      return
    }
    const thinned = this.thinner.thin(message, userId, this.clock.now())
    if (thinned) push(this.thin, inkEntry(userId, thinned))
  }

  /** Strokes in progress from their first points on, as of a moment since the last tick, for somebody who missed some. */
  whole(strokes: () => readonly DrawnSoFar[]): InkBatch {
    const now = this.clock.now()
    if (!this.progress || now >= this.progress.until) {
      const thinned = this.thinner.values(now)
      const batch = new InkBatch(strokes().flatMap(wholeTails), thinned.flatMap(wholeTails))
      this.progress = { batch, until: now + INK_TICK_MS }
    }
    return this.progress.batch
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
    this.flushedAt = this.clock.now()
    this.progress = null
    if (this.canvases.size > 0) {
      const canvases = [...this.canvases.values()]
      this.canvases.clear()
      this.sends.canvases(canvases)
    }
    this.takeCursors()
    if (this.full.length > 0 || this.thin.length > 0) {
      const batch = new InkBatch(this.full, this.thin)
      this.full = []
      this.thin = []
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
    if (this.timer) return
    const waited = this.clock.now() - this.flushedAt
    this.timer = setTimeout(() => this.flush(), Math.max(SOON_MS, INK_TICK_MS - Math.max(0, waited)))
  }

  private takeCursors(): void {
    if (this.cursors.size === 0) return
    const now = this.clock.now()
    if (now - this.cursorsAt < CURSOR_MS) {
      this.arm()
      return
    }
    this.cursorsAt = now
    for (const cursor of this.cursors.values()) push(this.full, cursor)
    this.cursors.clear()
  }
}

function push(entries: InkEntry[], entry: InkEntry): void {
  if (entries.length >= MAX_BATCH) entries.splice(0, MAX_BATCH / 4)
  entries.push(entry)
}
