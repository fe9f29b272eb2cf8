import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { Documents } from '../../../server/sync/documents.ts'
import { currentPage, putStroke } from '../../../shared/canvas/schema.ts'
import { MemoryCanvases } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
const IDLE_MS = 1_000

function documentsOf(store: MemoryCanvases) {
  const unloaded: string[] = []
  const documents = new Documents({
    store,
    log: silent,
    clock: { now: () => Date.now() },
    metrics: undefined,
    idleMs: IDLE_MS,
    onSaved: () => undefined,
    onFilled: () => undefined,
    onBrought: () => undefined,
    onLoaded: () => undefined,
    onUnloaded: (canvasId) => unloaded.push(canvasId),
  })
  return { documents, unloaded }
}

function draw(document: CanvasDocument, id: string): void {
  document.edit((doc) => {
    const page = currentPage(doc)
    if (page) putStroke(page, id, line([0, 0], [9, 9]))
  })
}

describe('the life of a document', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[SYNC-19] is loaded once for all who ask, saved before it is unloaded, and gone afterwards', async () => {
    const store = new MemoryCanvases()
    const { documents, unloaded } = documentsOf(store)
    const asked = [documents.use('c'), documents.use('c'), documents.use('c')]
    expect(documents.stateOf('c')).toBe('loading')
    const leases = await Promise.all(asked)
    expect(store.loads).toBe(1)
    expect(documents.stateOf('c')).toBe('live')
    const [lease] = leases
    if (lease) draw(lease.document, 's1')
    for (const one of leases) one.release()
    await vi.advanceTimersByTimeAsync(IDLE_MS)
    await vi.waitFor(() => expect(unloaded).toEqual(['c']))
    expect(documents.stateOf('c')).toBeNull()
    expect(documents.size).toBe(0)
    const again = await documents.use('c')
    expect(again.document.ledger.ofPages().size).toBe(1)
    expect([...again.document.ledger.ofPages().values()][0]?.strokes).toBe(1)
  })

  it('[SYNC-19] who comes during the last save has it as it is; it stays', async () => {
    const store = new MemoryCanvases()
    const { documents, unloaded } = documentsOf(store)
    const lease = await documents.use('c')
    draw(lease.document, 's1')
    await lease.document.saves.flush()
    draw(lease.document, 's2')
    let letGo = (): void => undefined
    store.before = () => new Promise((resolve) => (letGo = resolve))
    lease.release()
    await vi.advanceTimersByTimeAsync(IDLE_MS)
    expect(documents.stateOf('c')).toBe('unloading')
    const back = await documents.use('c')
    expect(back.document).toBe(lease.document)
    store.before = () => Promise.resolve()
    letGo()
    await vi.waitFor(() => expect(documents.stateOf('c')).toBe('live'))
    expect(unloaded).toEqual([])
    expect(store.loads).toBe(1)
  })

  it('[SYNC-19] one that cannot be saved stays live and is tried again', async () => {
    const store = new MemoryCanvases()
    const { documents, unloaded } = documentsOf(store)
    const lease = await documents.use('c')
    draw(lease.document, 's1')
    store.before = () => Promise.reject(new Error('disk full'))
    lease.release()
    await vi.advanceTimersByTimeAsync(IDLE_MS)
    await vi.waitFor(() => expect(documents.stateOf('c')).toBe('live'))
    store.before = () => Promise.resolve()
    await vi.advanceTimersByTimeAsync(30_000)
    await vi.waitFor(() => expect(unloaded).toEqual(['c']))
    expect(store.logs.get('c')?.position).toBeGreaterThan(0)
  })

  it('[SYNC-19] a failed load refuses and leaves nothing; one under way when all ends is not brought to life', async () => {
    const store = new MemoryCanvases()
    const { documents } = documentsOf(store)
    store.before = () => Promise.reject(new Error('cannot read'))
    await expect(documents.use('c')).rejects.toThrow('cannot read')
    expect(documents.size).toBe(0)
    let letGo = (): void => undefined
    store.before = () => new Promise((resolve) => (letGo = resolve))
    const late = documents.use('c')
    documents.destroy()
    letGo()
    await expect(late).rejects.toThrow('stopping')
    expect(documents.size).toBe(0)
  })
})
