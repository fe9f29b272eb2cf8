import { encodeInkMessage, joinRoomInk, MAX_TAIL_POINTS, type InkMessage } from '../../shared/protocol/ink.ts'

/** One message of somebody as it goes out. */
export interface InkEntry {
  readonly userId: string
  readonly canvasId: string
  readonly bytes: Uint8Array
}

/** Ink that goes out together. Each message is encoded once; each audience's batch is put together once. */
export class InkBatch {
  private byCanvas: Map<string, InkEntry[]> | null = null

  /** `full` is the ink as it was drawn, `thin` what tiles show of it. */
  constructor(
    private readonly full: readonly InkEntry[],
    private readonly thin: readonly InkEntry[],
  ) {}

  /** All ink of the room, in full; null where there is none. */
  all(): Uint8Array | null {
    return joined(this.full)
  }

  /** Full ink of one canvas. */
  of(canvasId: string): Uint8Array | null {
    this.byCanvas ??= grouped(this.full)
    return joined(this.byCanvas.get(canvasId) ?? [])
  }

  /** Thinned ink of these canvases. */
  tiles(canvasIds: ReadonlySet<string>): Uint8Array | null {
    if (canvasIds.size === 0 || this.thin.length === 0) return null
    return joined(this.thin.filter(({ canvasId }) => canvasIds.has(canvasId)))
  }
}

export function inkEntry(userId: string, message: InkMessage): InkEntry {
  return { userId, canvasId: message.canvasId, bytes: encodeInkMessage(message) }
}

/** A stroke as far as it is drawn, for `wholeTails`. */
export interface DrawnSoFar {
  readonly canvasId: string
  readonly pageId: string
  readonly strokeId: string
  readonly userId: string
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
}

/** A stroke from its first point on, in as many tails as it takes. */
export function wholeTails({ userId, canvasId, pageId, strokeId, xs, ys }: DrawnSoFar): InkEntry[] {
  const entries: InkEntry[] = []
  for (let start = 0; start < xs.length; start += MAX_TAIL_POINTS) {
    const count = Math.min(MAX_TAIL_POINTS, xs.length - start)
    const part = (from: ArrayLike<number>): Float32Array =>
      Float32Array.from({ length: count }, (_, i) => from[start + i] ?? 0)
    entries.push(
      inkEntry(userId, { kind: 'tail', canvasId, pageId, strokeId, start, xs: part(xs), ys: part(ys) }),
    )
  }
  return entries
}

function joined(entries: readonly InkEntry[]): Uint8Array | null {
  return entries.length === 0 ? null : joinRoomInk(entries)
}

function grouped(entries: readonly InkEntry[]): Map<string, InkEntry[]> {
  const groups = new Map<string, InkEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.canvasId)
    if (group) group.push(entry)
    else groups.set(entry.canvasId, [entry])
  }
  return groups
}
