import { hasClass, MOST_KEPT, type LoggedDrawing } from '../replay.ts'

/** Entries a group takes at most, those that do not train included. */
const MOST_TAKEN = 1_000

interface Waiting {
  readonly drawing: LoggedDrawing
  /** Monotonic ms of its arrival; 0 where it came with the log. */
  readonly arrivedAt: number
}

/**
 * Entries of the label log that wait to be learned from, one a drawing: a later entry takes the place of an earlier
 * one. At most 20,000 wait; beyond that the oldest is left to the replay of the next start, which reads the log anew.
 */
export class Pending {
  private readonly byId = new Map<string, Waiting>()
  private readonly newestSeq = new Map<string, number>()
  private readonly after: number

  /** Of the log, what lies after `position` waits; at most the newest 20,000 of it. */
  constructor(log: readonly LoggedDrawing[], position: number) {
    this.after = Math.max(position, log.at(-MOST_KEPT - 1)?.seq ?? 0)
    for (const { id, seq } of log) this.newestSeq.set(id, seq)
    for (const drawing of log)
      if (drawing.seq > this.after) this.byId.set(drawing.id, { drawing, arrivedAt: 0 })
  }

  get size(): number {
    return this.byId.size
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
    if (drawing.seq <= (this.newestSeq.get(drawing.id) ?? 0)) return
    this.newestSeq.set(drawing.id, drawing.seq)
    this.byId.delete(drawing.id)
    this.byId.set(drawing.id, { drawing, arrivedAt })
    if (this.byId.size > MOST_KEPT) this.byId.delete([...this.byId.keys()][0] ?? '')
    if (this.newestSeq.size > 10 * MOST_KEPT) this.newestSeq.delete([...this.newestSeq.keys()][0] ?? '')
  }

  /** Leaves drawings out that are gone from the log. */
  forget(drawingIds: readonly string[]): void {
    for (const id of drawingIds) {
      this.byId.delete(id)
      this.newestSeq.delete(id)
    }
  }

  /** Takes all, oldest first. */
  takeAll(): LoggedDrawing[] {
    const drawings = [...this.byId.values()].map(({ drawing }) => drawing)
    this.byId.clear()
    return drawings
  }

  /** Takes the oldest, until `most` of them train or it has `entries`; `arrivedAt` is that of the newest. */
  take(most: number, entries = MOST_TAKEN): { drawings: LoggedDrawing[]; arrivedAt: number } {
    const drawings: LoggedDrawing[] = []
    let arrivedAt = 0
    let training = 0
    for (const [id, waiting] of this.byId) {
      const trains = hasClass(waiting.drawing) && waiting.drawing.split === 'train'
      if ((trains && training === most) || drawings.length >= Math.min(entries, MOST_TAKEN)) break
      if (trains) training++
      this.byId.delete(id)
      drawings.push(waiting.drawing)
      arrivedAt = Math.max(arrivedAt, waiting.arrivedAt)
    }
    return { drawings, arrivedAt }
  }
}
