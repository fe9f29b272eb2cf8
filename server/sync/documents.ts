import type { RoomLog } from '../rooms/ports.ts'
import { CanvasDocument, type CanvasDocumentOptions } from './canvas-document.ts'

/**
 * The life of a document in memory. There is one load and one last save at a time; a document that is asked for
 * during its last save stays, one that could not be saved stays and is tried again.
 */
type Life =
  | { readonly state: 'loading'; readonly loaded: Promise<Live> }
  | Live
  | { readonly state: 'saving'; readonly live: Live; readonly done: Promise<void> }

interface Live {
  readonly state: 'live'
  readonly document: CanvasDocument
  leases: number
  idle: NodeJS.Timeout | null
}

/** A document in use: it stays in memory until released. */
export interface Lease {
  readonly document: CanvasDocument
  release(): void
}

export interface DocumentsOptions extends Omit<CanvasDocumentOptions, 'onSaved'> {
  readonly log: RoomLog
  readonly idleMs: number
  readonly onSaved: (canvasId: string, stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
  readonly onLoaded: (document: CanvasDocument) => void
  readonly onUnloaded: (canvasId: string) => void
}

/** The documents of one room that are in memory. */
export class Documents {
  private readonly lives = new Map<string, Life>()

  constructor(private readonly options: DocumentsOptions) {}

  /** @throws what the load rejects with; the next call tries again. */
  async use(canvasId: string): Promise<Lease> {
    const live = await this.bringToLife(canvasId)
    live.leases++
    if (live.idle) clearTimeout(live.idle)
    live.idle = null
    let released = false
    return {
      document: live.document,
      release: () => {
        if (released) return
        released = true
        live.leases--
        this.restIfIdle(live)
      },
    }
  }

  /** The document if it is in memory now. */
  peek(canvasId: string): CanvasDocument | null {
    const life = this.lives.get(canvasId)
    if (life === undefined || life.state === 'loading') return null
    return life.state === 'live' ? life.document : life.live.document
  }

  /** Writes everything that is not saved; answers the canvases that could not be, with the reason. */
  async flush(): Promise<{ canvasId: string; reason: unknown }[]> {
    const unsaved: { canvasId: string; reason: unknown }[] = []
    await Promise.all(
      this.inMemory().map(async ({ document }) => {
        const well = await document.saves.finish()
        if (!well) unsaved.push({ canvasId: document.canvasId, reason: document.saves.error })
      }),
    )
    return unsaved
  }

  /** Ends all documents without a further save. */
  destroy(): void {
    for (const live of this.inMemory()) {
      if (live.idle) clearTimeout(live.idle)
      live.document.destroy()
    }
    this.lives.clear()
  }

  private async bringToLife(canvasId: string): Promise<Live> {
    const life = this.lives.get(canvasId)
    if (life?.state === 'live') return life
    if (life?.state === 'saving') return life.live
    if (life?.state === 'loading') return life.loaded
    const loaded = this.load(canvasId)
    this.lives.set(canvasId, { state: 'loading', loaded })
    return loaded
  }

  private async load(canvasId: string): Promise<Live> {
    try {
      const document = await CanvasDocument.load(canvasId, {
        ...this.options,
        onSaved: (stateVector, userIds) => this.options.onSaved(canvasId, stateVector, userIds),
      })
      const live: Live = { state: 'live', document, leases: 0, idle: null }
      this.lives.set(canvasId, live)
      this.options.onLoaded(document)
      return live
    } catch (error) {
      this.lives.delete(canvasId)
      throw error
    }
  }

  private restIfIdle(live: Live): void {
    if (live.leases > 0 || live.idle !== null) return
    live.idle = setTimeout(() => {
      live.idle = null
      this.unload(live)
    }, this.options.idleMs)
    live.idle.unref()
  }

  private unload(live: Live): void {
    const { document } = live
    const { canvasId } = document
    if (live.leases > 0 || this.lives.get(canvasId) !== live) return
    const done = document.saves.finish().then((well) => {
      if (!well || live.leases > 0) {
        this.lives.set(canvasId, live)
        this.restIfIdle(live)
        return
      }
      this.lives.delete(canvasId)
      document.destroy()
      this.options.onUnloaded(canvasId)
    })
    this.lives.set(canvasId, { state: 'saving', live, done })
  }

  private inMemory(): Live[] {
    return [...this.lives.values()].flatMap((life) =>
      life.state === 'live' ? [life] : life.state === 'saving' ? [life.live] : [],
    )
  }
}
