import { AppError } from '../../shared/protocol/errors.ts'
import type { RoomLog } from '../rooms/ports.ts'
import { CanvasDocument, type CanvasDocumentOptions } from './canvas-document.ts'

/**
 * The life of a document in memory:
 *
 *   (none) -> loading -> live <-> unloading -> (none)
 *
 * There is one load at a time; who comes meanwhile waits for it, and a failed one leaves nothing behind. A live
 * document saves on its own, one write at a time (SaveQueue). Left alone it unloads, which begins with a last save:
 * who comes meanwhile has it live again, and what could not be saved stays live and is tried again.
 */
type Life =
  | { readonly state: 'loading'; readonly loaded: Promise<Held> }
  | { readonly state: 'live'; readonly held: Held }
  | { readonly state: 'unloading'; readonly held: Held }

interface Held {
  readonly document: CanvasDocument
  leases: number
  idle: NodeJS.Timeout | null
}

/** A document in use: it stays in memory until released. */
export interface Lease {
  readonly document: CanvasDocument
  release(): void
}

export interface DocumentsOptions extends Omit<CanvasDocumentOptions, 'onSaved' | 'onFilled' | 'onBrought'> {
  readonly log: RoomLog
  readonly idleMs: number
  /** Whether the server has memory for another document; always where it is not given. */
  readonly hasPlace?: (() => boolean) | undefined
  readonly onSaved: (canvasId: string, stateVector: Uint8Array, userIds: ReadonlySet<string>) => void
  readonly onFilled: (canvasId: string, pageId: string) => void
  readonly onBrought: (canvasId: string, pageIds: readonly string[]) => void
  readonly onLoaded: (document: CanvasDocument) => void
  readonly onUnloaded: (canvasId: string) => void
}

/** The documents of one room that are in memory. */
export class Documents {
  private readonly lives = new Map<string, Life>()
  private stopped = false

  constructor(private readonly options: DocumentsOptions) {}

  /** Documents in memory, also those that are on their way in or out. */
  get size(): number {
    return this.lives.size
  }

  stateOf(canvasId: string): Life['state'] | null {
    return this.lives.get(canvasId)?.state ?? null
  }

  /**
   * @throws what the load rejects with; the next call tries again. AppError `stopping` once the room has ended,
   * `unavailable` where there is no place for another document.
   */
  async use(canvasId: string): Promise<Lease> {
    const held = await this.bringToLife(canvasId)
    if (this.stopped) throw new AppError('stopping')
    held.leases++
    if (held.idle) clearTimeout(held.idle)
    held.idle = null
    let released = false
    return {
      document: held.document,
      release: () => {
        if (released) return
        released = true
        held.leases--
        this.restIfIdle(held)
      },
    }
  }

  /** The document if it is in memory now. */
  peek(canvasId: string): CanvasDocument | null {
    const life = this.lives.get(canvasId)
    return life === undefined || life.state === 'loading' ? null : life.held.document
  }

  /**
   * Ends a canvas's document without a further write, changes what the store holds of it and loads that. Who asks for the
   * document meanwhile waits for the new one.
   * @throws what `change` and the load reject with
   */
  async replace(canvasId: string, change: () => Promise<void>): Promise<void> {
    let life = this.lives.get(canvasId)
    while (life?.state === 'loading') {
      await life.loaded.catch(() => undefined)
      life = this.lives.get(canvasId)
    }
    if (this.stopped) throw new AppError('stopping')
    const loaded = this.reload(canvasId, life?.held ?? null, change)
    this.lives.set(canvasId, { state: 'loading', loaded })
    await loaded
  }

  /** Ids of the canvases that hold what the store has not taken. */
  unsaved(): string[] {
    return this.inMemory()
      .filter(({ document }) => !document.saves.clean)
      .map(({ document }) => document.canvasId)
  }

  /** Writes everything that is not saved; answers the canvases that could not be, with the reason. */
  async flush(): Promise<{ canvasId: string; reason: unknown }[]> {
    const unsaved: { canvasId: string; reason: unknown }[] = []
    await Promise.all(
      this.inMemory().map(async ({ document }) => {
        const well = await document.saves.flush()
        if (!well) unsaved.push({ canvasId: document.canvasId, reason: document.saves.error })
      }),
    )
    return unsaved
  }

  /** Ends all documents without a further save; one that is still being loaded ends once it is. */
  destroy(): void {
    this.stopped = true
    for (const held of this.inMemory()) this.end(held)
    this.lives.clear()
  }

  private async bringToLife(canvasId: string): Promise<Held> {
    const life = this.lives.get(canvasId)
    if (life?.state === 'loading') return life.loaded
    if (life) return life.held
    this.requirePlace()
    const loaded = this.load(canvasId)
    this.lives.set(canvasId, { state: 'loading', loaded })
    return loaded
  }

  private requirePlace(): void {
    const { hasPlace, metrics } = this.options
    if (hasPlace?.() ?? true) return
    metrics?.refused('documents')
    throw new AppError('unavailable', 'The server has too many canvases open at the moment')
  }

  private async load(canvasId: string): Promise<Held> {
    try {
      const document = await CanvasDocument.load(canvasId, {
        ...this.options,
        onSaved: (stateVector, userIds) => this.options.onSaved(canvasId, stateVector, userIds),
        onFilled: (pageId) => this.options.onFilled(canvasId, pageId),
        onBrought: (pageIds) => this.options.onBrought(canvasId, pageIds),
      })
      const held: Held = { document, leases: 0, idle: null }
      if (this.stopped) {
        document.destroy()
        return held
      }
      this.lives.set(canvasId, { state: 'live', held })
      this.options.onLoaded(document)
      // Who asked for it may have gone meanwhile.
      this.restIfIdle(held)
      return held
    } catch (error) {
      this.lives.delete(canvasId)
      throw this.stopped ? new AppError('stopping', undefined, { cause: error }) : error
    }
  }

  private async reload(canvasId: string, held: Held | null, change: () => Promise<void>): Promise<Held> {
    try {
      if (held) {
        await held.document.saves.halt()
        this.end(held)
        this.options.onUnloaded(canvasId)
      }
      await change()
    } catch (error) {
      this.lives.delete(canvasId)
      throw error
    }
    return this.load(canvasId)
  }

  private restIfIdle(held: Held): void {
    if (held.leases > 0 || held.idle !== null || this.stopped || held.document.doc.isDestroyed) return
    held.idle = setTimeout(() => {
      held.idle = null
      void this.unload(held)
    }, this.options.idleMs)
    held.idle.unref()
  }

  private async unload(held: Held): Promise<void> {
    const { document } = held
    const { canvasId } = document
    const life = this.lives.get(canvasId)
    if (held.leases > 0 || life?.state !== 'live' || life.held !== held) return
    const unloading: Life = { state: 'unloading', held }
    this.lives.set(canvasId, unloading)
    const well = await document.saves.finish()
    if (this.stopped || this.lives.get(canvasId) !== unloading) return
    if (!well || held.leases > 0) {
      this.lives.set(canvasId, { state: 'live', held })
      this.restIfIdle(held)
      return
    }
    this.lives.delete(canvasId)
    this.end(held)
    this.options.onUnloaded(canvasId)
  }

  private end(held: Held): void {
    if (held.idle) clearTimeout(held.idle)
    held.document.destroy()
  }

  private inMemory(): Held[] {
    return [...this.lives.values()].flatMap((life) => (life.state === 'loading' ? [] : [life.held]))
  }
}
