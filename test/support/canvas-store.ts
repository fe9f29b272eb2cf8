import { CanvasDocument } from '../../server/sync/canvas-document.ts'
import type { CanvasClient, CanvasLog, CanvasRecord } from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'

type CanvasStore = Pick<
  Store,
  'putCanvas' | 'loadCanvas' | 'listCanvasClients' | 'appendCanvas' | 'snapshotCanvas' | 'resetCanvas'
>

/** The canvases of a store, in memory. */
export class MemoryCanvases implements CanvasStore {
  readonly logs = new Map<string, CanvasLog>()
  readonly clients = new Map<string, CanvasClient[]>()
  loads = 0
  resets = 0
  /** Awaited before each read and each write; may reject. */
  before: (what: 'load' | 'append' | 'snapshot') => Promise<void> = () => Promise.resolve()

  putCanvas(): Promise<void> {
    return Promise.resolve()
  }

  async loadCanvas(canvasId: string): Promise<CanvasLog> {
    this.loads++
    await this.before('load')
    return this.logOf(canvasId)
  }

  listCanvasClients(canvasId: string): Promise<CanvasClient[]> {
    return Promise.resolve(this.clients.get(canvasId) ?? [])
  }

  async appendCanvas(
    canvasId: string,
    update: Uint8Array,
    clients: readonly CanvasClient[],
  ): Promise<number> {
    await this.before('append')
    const log = this.logOf(canvasId)
    const position = log.position + 1
    this.logs.set(canvasId, { ...log, updates: [...log.updates, update], position })
    this.clients.set(canvasId, [...(this.clients.get(canvasId) ?? []), ...clients])
    return position
  }

  async snapshotCanvas(canvasId: string, snapshot: Uint8Array): Promise<void> {
    await this.before('snapshot')
    this.logs.set(canvasId, { ...this.logOf(canvasId), snapshot, updates: [] })
  }

  resetCanvas(id: string, snapshot: Uint8Array | null): Promise<CanvasRecord> {
    const { position } = this.logOf(id)
    this.logs.set(id, { snapshot, updates: [], position: position + 1 })
    this.clients.delete(id)
    this.resets++
    const generation = 1 + this.resets
    const rest = { ownerId: null, name: 'c', openTo: 'all', createdAt: 0, deleted: false } as const
    return Promise.resolve({ id, projectId: 'p', generation, ...rest })
  }

  private logOf(canvasId: string): CanvasLog {
    return this.logs.get(canvasId) ?? { snapshot: null, updates: [], position: 0 }
  }
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A server's document over a store of its own, by default, that tells nobody anything. */
export function loadDocument(store = new MemoryCanvases(), canvasId = 'c'): Promise<CanvasDocument> {
  return CanvasDocument.load(canvasId, {
    store,
    log: silent,
    clock: { now: () => Date.now() },
    metrics: undefined,
    onSaved: () => undefined,
    onFilled: () => undefined,
    onBrought: () => undefined,
  })
}
