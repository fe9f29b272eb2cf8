/** How long pages that somebody drew while away wait for their labels, which come on another socket. */
const BROUGHT_MS = 120_000
/** How long turned pages whose labels may be given again are not taken for cleared ones. */
const AWAITED_MS = 120_000

/** Pages of a document that must not be tidied away: as long as they were added more often than deleted. */
export class HeldPages {
  private readonly holds = new Map<string, number>()
  private readonly brought = new Set<string>()
  private readonly awaited = new Map<string, NodeJS.Timeout>()
  private readonly timers = new Set<NodeJS.Timeout>()
  /** Pages that must not go for being old: those held, and those whose labels may come yet. */
  readonly untidied: Pick<ReadonlySet<string>, 'has'> = {
    has: (pageId) => this.holds.has(pageId) || this.awaited.has(pageId),
  }

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

  /** Spares pages whose labels were given and not answered, by this server or by one before it: they are given again. */
  awaitLabels(pageIds: readonly string[]): void {
    for (const pageId of pageIds) {
      clearTimeout(this.awaited.get(pageId))
      const timer = setTimeout(() => this.awaited.delete(pageId), AWAITED_MS)
      timer.unref()
      this.awaited.set(pageId, timer)
    }
  }

  stop(): void {
    for (const timer of [...this.timers, ...this.awaited.values()]) clearTimeout(timer)
    this.timers.clear()
    this.awaited.clear()
  }
}
