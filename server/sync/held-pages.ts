/** How long pages that somebody drew while away wait for their labels, which come on another socket. */
const BROUGHT_MS = 120_000

/** Pages of a document that must not be tidied away: as long as they were added more often than deleted. */
export class HeldPages {
  private readonly holds = new Map<string, number>()
  private readonly brought = new Set<string>()
  private readonly timers = new Set<NodeJS.Timeout>()

  has(pageId: string): boolean {
    return this.holds.has(pageId)
  }

  add(pageId: string): void {
    this.holds.set(pageId, (this.holds.get(pageId) ?? 0) + 1)
  }

  delete(pageId: string): void {
    const left = (this.holds.get(pageId) ?? 0) - 1
    if (left > 0) this.holds.set(pageId, left)
    else this.holds.delete(pageId)
  }

  /** Holds pages that came with a first sync until their labels have had time to arrive. */
  addBrought(pageIds: readonly string[]): void {
    const added = pageIds.filter((pageId) => !this.brought.has(pageId))
    if (added.length === 0) return
    for (const pageId of added) {
      this.brought.add(pageId)
      this.add(pageId)
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      for (const pageId of added) {
        this.brought.delete(pageId)
        this.delete(pageId)
      }
    }, BROUGHT_MS)
    timer.unref()
    this.timers.add(timer)
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
  }
}
