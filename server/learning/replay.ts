import type { LogEntry } from './rpc.ts'
import type { StrokePath } from './service.ts'

/** A drawing of the label log with its strokes. */
export interface LoggedDrawing extends LogEntry {
  readonly strokes: readonly StrokePath[]
}

/** A drawing that has a class. */
export interface LabelledDrawing extends LoggedDrawing {
  readonly classId: string
}

/** Drawings a project keeps in memory for learning, all classes together. */
export const MOST_KEPT = 20_000
/** Kept-aside drawings a project evaluates on, of validation and of test each. */
export const MOST_EVALUATED = 200

/**
 * What can be learned from and evaluated on, by class: the newest entry of each drawing in the label log. Bounded
 * by keeping the drawings of a class (and of a split kept aside) whose hash is lowest, so that what is kept depends
 * on the log alone and not on when it was read.
 */
export class Replay {
  private readonly byClass = new Map<string, LabelledDrawing[]>()
  private readonly aside = { validation: [] as LabelledDrawing[], test: [] as LabelledDrawing[] }
  private readonly byId = new Map<string, LabelledDrawing>()
  /** Class of each drawing without ink. */
  private readonly inkless = new Map<string, string>()
  private changes = 0

  /** `rank` orders drawings by id; `keepPerClass` is the most that are kept of a class. */
  constructor(
    private readonly rank: (id: string) => number,
    private keepPerClass: number,
  ) {}

  /** Grows with every change of what is kept. */
  get revision(): number {
    return this.changes
  }

  /**
   * Takes the next entry of the log: it replaces the drawing's earlier one, and leaves it out without a class. One without
   * ink is left out and counted.
   */
  apply(drawing: LoggedDrawing): void {
    this.changes++
    this.remove(drawing.id)
    if (!hasClass(drawing)) return
    if (!hasInk(drawing)) {
      if (this.inkless.size < MOST_KEPT) this.inkless.set(drawing.id, drawing.classId)
      return
    }
    const list = this.listOf(drawing)
    // Entries may come a little out of order; after a restart they come in that of the log.
    let place = list.length
    while (place > 0 && (list[place - 1]?.seq ?? 0) > drawing.seq) place--
    list.splice(place, 0, drawing)
    this.byId.set(drawing.id, drawing)
    this.shrink(list, drawing.split === 'train' ? this.keepPerClass : MOST_EVALUATED)
  }

  /** Leaves a drawing out that is gone from the log; where fewer than all are kept, nothing comes in its place. */
  forget(id: string): LabelledDrawing | undefined {
    this.changes++
    const known = this.byId.get(id)
    this.remove(id)
    return known
  }

  /**
   * A class is no more: leaves its drawings out, but those that `stay`, which come to another class. Answers their ids.
   * The log that the next start reads has them without a class.
   */
  dropClass(classId: string, stay: (id: string) => boolean): string[] {
    this.changes++
    const { validation, test } = this.aside
    const known = [...this.trainingOf(classId), ...validation, ...test]
    const gone = known.flatMap((drawing) =>
      drawing.classId === classId && !stay(drawing.id) ? [drawing.id] : [],
    )
    for (const [id, ofClass] of this.inkless) if (ofClass === classId && !stay(id)) gone.push(id)
    for (const id of gone) this.remove(id)
    if (this.byClass.get(classId)?.length === 0) this.byClass.delete(classId)
    return gone
  }

  /** Drawings that have a class but no ink, at most 20,000. */
  get withoutInk(): number {
    return this.inkless.size
  }

  /** How many drawings train, all classes together. */
  get training(): number {
    let count = 0
    for (const list of this.byClass.values()) count += list.length
    return count
  }

  get(id: string): LabelledDrawing | undefined {
    return this.byId.get(id)
  }

  /** The drawings of a class that train, in the order of the log. */
  trainingOf(classId: string): readonly LabelledDrawing[] {
    return this.byClass.get(classId) ?? []
  }

  /** The drawings kept aside for `split` that are of one of `classIds`. */
  asideOf(split: 'validation' | 'test', classIds: readonly string[]): LabelledDrawing[] {
    return this.aside[split].filter(({ classId }) => classIds.includes(classId))
  }

  /** Keeps at most so many a class from now on; more than before has no effect. */
  keepAtMost(keepPerClass: number): void {
    if (keepPerClass >= this.keepPerClass) return
    this.changes++
    this.keepPerClass = keepPerClass
    for (const list of this.byClass.values()) this.shrink(list, keepPerClass)
  }

  private listOf({ split, classId }: LabelledDrawing): LabelledDrawing[] {
    if (split !== 'train') return this.aside[split]
    const list = this.byClass.get(classId) ?? []
    this.byClass.set(classId, list)
    return list
  }

  private remove(id: string): void {
    this.inkless.delete(id)
    const earlier = this.byId.get(id)
    if (!earlier) return
    this.byId.delete(id)
    const list = this.listOf(earlier)
    list.splice(list.indexOf(earlier), 1)
  }

  private shrink(list: LabelledDrawing[], most: number): void {
    while (list.length > most) {
      let last = 0
      list.forEach(({ id }, index) => {
        if (this.rank(id) > this.rank(list[last]?.id ?? '')) last = index
      })
      const [dropped] = list.splice(last, 1)
      if (dropped) this.byId.delete(dropped.id)
    }
  }
}

export function hasClass(drawing: LoggedDrawing): drawing is LabelledDrawing {
  return drawing.classId !== null
}

/** Whether there is something to see: points, all of them at finite places. */
export function hasInk({ strokes }: LoggedDrawing): boolean {
  let points = 0
  for (const { xs, ys } of strokes) {
    points += xs.length
    for (let index = 0; index < xs.length; index++)
      if (!Number.isFinite(xs[index]) || !Number.isFinite(ys[index])) return false
  }
  return points > 0
}
