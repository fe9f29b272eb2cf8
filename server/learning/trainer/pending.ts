import { hasClass, hasInk, MOST_KEPT, type LabelledDrawing, type LoggedDrawing } from '../replay.ts'

/** Entries a group takes at most, those that do not train included. */
const MOST_TAKEN = 1_000

interface Waiting {
  readonly drawing: LoggedDrawing
  /** Monotonic ms since when it waits. */
  readonly since: number
  /** Whether it arrived while the project was open. */
  readonly live: boolean
}

/**
 * Entries of the label log that wait to be learned from, one a drawing: a later entry takes the place of an earlier
 * one. At most 20,000 wait; beyond that the oldest is left to the replay of the next start, which reads the log anew.
 */
export class Pending {
  private readonly byId = new Map<string, Waiting>()
  /** Newest place in the log of each drawing, as far as it was told. */
  private readonly seen = new Map<string, number>()
  private readonly after: number

  /**
   * Of the log, what lies after `position` waits; at most the newest 20,000 of it. `since` tells in monotonic ms since
   * when, which may be before this process began.
   */
  constructor(
    log: readonly LoggedDrawing[],
    position: number,
    since: (drawing: LoggedDrawing) => number = () => 0,
  ) {
    this.after = Math.max(position, log.at(-MOST_KEPT - 1)?.seq ?? 0)
    for (const { id, seq } of log) this.seen.set(id, seq)
    for (const drawing of log)
      if (drawing.seq > this.after) this.byId.set(drawing.id, { drawing, since: since(drawing), live: false })
  }

  get size(): number {
    return this.byId.size
  }

  /** The one that is taken next; null for none. */
  get oldest(): { readonly seq: number; readonly since: number } | null {
    for (const { drawing, since } of this.byId.values()) return { seq: drawing.seq, since }
    return null
  }

  /** Greatest place in the log of those that wait; 0 for none. */
  get newestSeq(): number {
    let newest = 0
    for (const { drawing } of this.byId.values()) newest = Math.max(newest, drawing.seq)
    return newest
  }

  /** How many wait up to a place in the log. */
  upTo(place: number): number {
    let count = 0
    for (const { drawing } of this.byId.values()) if (drawing.seq <= place) count++
    return count
  }

  /** Those that train, oldest first. */
  get training(): LabelledDrawing[] {
    return [...this.byId.values()].flatMap(({ drawing }) =>
      trains(drawing) && hasInk(drawing) ? [drawing] : [],
    )
  }

  /** How many of those that wait have a class. */
  get labels(): number {
    let labels = 0
    for (const { drawing } of this.byId.values()) if (hasClass(drawing)) labels++
    return labels
  }

  /** The part of the log that does not wait. */
  taken(log: readonly LoggedDrawing[]): LoggedDrawing[] {
    return log.filter(({ seq }) => seq <= this.after)
  }

  /** An entry that is known already, or older than what is known of its drawing, changes nothing. */
  add(drawing: LoggedDrawing, arrivedAt: number): void {
    if (drawing.seq <= (this.seen.get(drawing.id) ?? 0)) return
    this.seen.set(drawing.id, drawing.seq)
    this.byId.delete(drawing.id)
    this.byId.set(drawing.id, { drawing, since: arrivedAt, live: true })
    if (this.byId.size > MOST_KEPT) dropFirst(this.byId)
    if (this.seen.size > 10 * MOST_KEPT) dropFirst(this.seen)
  }

  has(id: string): boolean {
    return this.byId.has(id)
  }

  /** A class is no more: what waits with it waits without one, as the log has it from now on. */
  dropClass(classId: string): void {
    for (const [id, waiting] of this.byId)
      if (waiting.drawing.classId === classId)
        this.byId.set(id, { ...waiting, drawing: { ...waiting.drawing, classId: null } })
  }

  /** Leaves drawings out that are gone from the log. */
  forget(drawingIds: readonly string[]): void {
    for (const id of drawingIds) {
      this.byId.delete(id)
      this.seen.delete(id)
    }
  }

  /** Takes all, oldest first. */
  takeAll(): LoggedDrawing[] {
    const drawings = [...this.byId.values()].map(({ drawing }) => drawing)
    this.byId.clear()
    return drawings
  }

  /** Takes the oldest, until `most` of them train or it has `entries`; `arrivedAt` is that of the newest, 0 for what came with the log. */
  take(most: number, entries = MOST_TAKEN): { drawings: LoggedDrawing[]; arrivedAt: number } {
    const drawings: LoggedDrawing[] = []
    let arrivedAt = 0
    let training = 0
    for (const [id, waiting] of this.byId) {
      const isTraining = trains(waiting.drawing)
      if ((isTraining && training === most) || drawings.length >= Math.min(entries, MOST_TAKEN)) break
      if (isTraining) training++
      this.byId.delete(id)
      drawings.push(waiting.drawing)
      if (waiting.live) arrivedAt = Math.max(arrivedAt, waiting.since)
    }
    return { drawings, arrivedAt }
  }
}

function trains(drawing: LoggedDrawing): drawing is LabelledDrawing {
  return hasClass(drawing) && drawing.split === 'train'
}

function dropFirst(entries: Map<string, unknown>): void {
  for (const id of entries.keys()) {
    entries.delete(id)
    return
  }
}
