/** How far the recall of classes falls below the best that each has had, over a series of looks. */
export class Falls {
  private readonly best = new Map<number, number>()
  /** The greatest fall so far, 0..1. */
  worst = 0
  /** The class that fell so far; null where none has fallen. */
  worstOf: number | null = null
  looks = 0

  /** Takes the recall, 0..1, of each class that has been seen. */
  look(recall: ReadonlyMap<number, number>): void {
    this.looks++
    for (const [of, share] of recall) {
      const best = Math.max(this.best.get(of) ?? 0, share)
      this.best.set(of, best)
      if (best - share <= this.worst) continue
      this.worst = best - share
      this.worstOf = of
    }
  }
}
