import { thisPage, type PageSight } from './page-sight.ts'

/** How long the tiles that show may change before the server hears of it, in ms: a wall is scrolled through. */
const SETTLE_MS = 150

export interface WatchedTilesOptions {
  /** Tells the server which tiles show; false where it did not hear. */
  readonly tell: (canvasIds: readonly string[]) => Promise<boolean>
  /** Fetches the pages of tiles that came into view: what changed on them meanwhile was not told. */
  readonly load: (canvasIds: readonly string[]) => Promise<void>
  readonly page?: PageSight
}

/** Which tiles of the wall show: only of these does the server send ink and changes. */
export interface WatchedTiles {
  /** A tile of the canvas shows. Answers the function that says it no longer does. */
  show(canvasId: string): () => void
  /** The server knows nothing of this connection yet: tells it and fetches everything that shows. */
  begin(): void
  stop(): void
}

/** Nothing counts as showing while the page is in the background. */
export function createWatchedTiles({ tell, load, page = thisPage() }: WatchedTilesOptions): WatchedTiles {
  const shown = new Map<string, number>()
  /** What the server was told last, null before the first `begin`. */
  let told: ReadonlySet<string> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const current = (): Set<string> => (page.hidden ? new Set() : new Set(shown.keys()))

  async function say(): Promise<void> {
    if (!told) return
    const now = current()
    const before = told
    const fresh = [...now].filter((canvasId) => !before.has(canvasId))
    if (fresh.length === 0 && now.size === before.size) return
    await sayAll(now, fresh)
  }

  async function sayAll(now: ReadonlySet<string>, fresh: readonly string[]): Promise<void> {
    told = now
    const heard = await tell([...now])
    // What failed is told with the next change, or at the next `begin`.
    if (!heard && told === now) told = new Set()
    if (heard && fresh.length > 0) await load(fresh)
  }

  function settle(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void say(), SETTLE_MS)
  }

  page.addEventListener('visibilitychange', settle)
  return {
    show(canvasId) {
      shown.set(canvasId, (shown.get(canvasId) ?? 0) + 1)
      settle()
      let over = false
      return () => {
        if (over) return
        over = true
        const left = (shown.get(canvasId) ?? 1) - 1
        if (left > 0) shown.set(canvasId, left)
        else shown.delete(canvasId)
        settle()
      }
    },
    begin() {
      clearTimeout(timer)
      const now = current()
      void sayAll(now, [...now])
    },
    stop() {
      clearTimeout(timer)
      told = null
      page.removeEventListener('visibilitychange', settle)
    },
  }
}
