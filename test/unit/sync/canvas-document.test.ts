import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { Canvases } from '../../../server/rooms/canvases.ts'
import type { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { MAX_CANVAS_BYTES, MAX_STROKES_PER_PAGE } from '../../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  findPage,
  pagesOf,
  pageIdOf,
  putStroke,
  strokesOf,
} from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import { loadDocument as load, MemoryCanvases } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'
import { largeCanvas } from '../../support/large-canvas.ts'

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
const ada = { userId: 'ada', live: true }
const wanted = (): boolean => true

/** A client's copy, and how it brings what it did since the last time. */
function clientOf(document: CanvasDocument) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.fullState())
  return {
    doc,
    draw(id: string, points = 5): void {
      const page = currentPage(doc)
      if (page) putStroke(page, id, line([0, 0], [90, 90], points))
    },
    /** What the document lacks; the client then has what the document has. */
    news(): Uint8Array {
      const update = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(document.doc))
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(document.doc, Y.encodeStateVector(doc)))
      return update
    },
  }
}

function strokesIn(document: CanvasDocument): string[] {
  return pagesOf(document.doc)
    .toArray()
    .flatMap((page) => [...(strokesOf(page)?.keys() ?? [])])
}

/** How often others had their turn while `work` went on. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  const turn = (): void => {
    if (over) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  await work
  over = true
  return turns
}

describe("the server's copy of a canvas", () => {
  it('[SYNC-20] a canvas at its limit is loaded, and taken in from a client, in many turns', async () => {
    const state = Y.encodeStateAsUpdate(largeCanvas(6))
    expect(state.byteLength).toBeGreaterThan(0.9 * MAX_CANVAS_BYTES)
    const store = new MemoryCanvases()
    store.logs.set('c', { snapshot: state, updates: [], position: 1 })
    const loading = load(store)
    expect(await turnsDuring(loading)).toBeGreaterThan(3)
    expect(strokesIn(await loading)).toHaveLength(6 * 475)
    const blank = await load()
    const taking = blank.applyInSlices(state, { ...ada, live: false }, null, wanted)
    expect(await turnsDuring(taking)).toBeGreaterThan(3)
    expect(await taking).toEqual({ waiting: false })
    expect(strokesIn(blank)).toHaveLength(6 * 475)
  })

  it('[SYNC-20] what of a large update is refused leaves nothing of it behind', async () => {
    const document = await load()
    const doc = largeCanvas(1)
    const page = currentPage(doc)
    if (page) strokesOf(page)?.set('zlast', Uint8Array.of(1, 2, 3))
    const before = strokesIn(document)
    const update = Y.encodeStateAsUpdate(doc)
    await expect(document.applyInSlices(update, ada, null, wanted)).rejects.toThrow(/stroke/)
    expect(strokesIn(document)).toEqual(before)
  })

  it('[SYNC-21] the whole document is encoded once for all who ask until it changes', async () => {
    const document = await load()
    const client = clientOf(document)
    const first = document.answer(Uint8Array.of(0))
    expect(document.answer(Uint8Array.of(0))).toBe(first)
    client.draw('s1')
    document.apply(client.news(), ada, null)
    const second = document.answer(Uint8Array.of(0))
    expect(second).not.toBe(first)
    expect(document.answer(Uint8Array.of(0))).toBe(second)
  })

  it('[SYNC-22] while pens rest, what brings something new is refused and what does not is taken', async () => {
    const document = await load()
    const client = clientOf(document)
    client.draw('s1')
    const known = client.news()
    document.apply(known, ada, null)
    const resting = { ...ada, mayInk: () => false }
    expect(() => document.apply(known, resting, null)).not.toThrow()
    const whole = Y.encodeStateAsUpdate(client.doc)
    expect(() => document.apply(whole, { ...resting, live: false }, null)).not.toThrow()
    client.draw('s2')
    expect(() => document.apply(client.news(), resting, null)).toThrow(/frozen/)
    const erasing = clientOf(document)
    const page = currentPage(erasing.doc)
    if (page) strokesOf(page)?.delete('s1')
    expect(() => document.apply(erasing.news(), resting, null)).toThrow(/frozen/)
    expect(strokesIn(document)).toEqual(['s1'])
    document.apply(erasing.news(), { ...ada, mayInk: () => true }, null)
    expect(strokesIn(document)).toEqual([])
    expect(() => document.apply(erasing.news(), resting, null)).not.toThrow()
  })

  it('[SYNC-23] strokes of a first sync are those of who declared their client, when nobody has it and it is new', async () => {
    const store = new MemoryCanvases()
    const document = await load(store)
    const away = clientOf(document)
    const other = clientOf(document)
    away.draw('s1')
    other.draw('s2')
    const declared = new Set([away.doc.clientID])
    document.apply(away.news(), { userId: 'ben', live: false, declared }, null)
    document.apply(other.news(), { userId: 'ben', live: false, declared }, null)
    const pageId = document.pageIds()[0] ?? ''
    expect(document.contributorsOf(pageId)).toEqual(['ben'])
    // Its strokes are there, unclaimed: who declares it now is too late.
    other.draw('s3')
    const late = new Set([other.doc.clientID])
    document.apply(other.news(), { userId: 'eve', live: false, declared: late }, null)
    expect(document.contributorsOf(pageId)).toEqual(['ben'])
    away.draw('s4')
    const stolen = new Set([away.doc.clientID])
    document.apply(away.news(), { userId: 'eve', live: false, declared: stolen }, null)
    expect(document.contributorsOf(pageId)).toEqual(['ben'])
    await document.saves.flush()
    expect(store.clients.get('c')).toEqual([{ clientId: away.doc.clientID, userId: 'ben' }])
  })

  it('[SYNC-24] a page that is full is followed by a clean one, and what was on its way still lands', async () => {
    const document = await load()
    const client = clientOf(document)
    const [first = ''] = document.pageIds()
    for (let i = 0; i < MAX_STROKES_PER_PAGE - 1; i++) client.draw(`s${String(i)}`, 2)
    document.apply(client.news(), ada, null)
    expect(document.pageIds()).toEqual([first])
    const slow = clientOf(document)
    client.draw('last', 2)
    document.apply(client.news(), ada, null)
    expect(document.pageIds()).toHaveLength(2)
    slow.draw('onItsWay', 2)
    document.apply(slow.news(), { userId: 'ben', live: true }, null)
    const full = findPage(document.doc, first)
    expect(full && strokesOf(full)?.size).toBe(MAX_STROKES_PER_PAGE + 1)
    expect(document.pageIds()).toHaveLength(2)
    const page = currentPage(document.doc)
    expect(page && pageIdOf(page)).not.toBe(first)
  })

  it('[SYNC-25] a canvas without room lets its oldest page go, never one that is worked on', async () => {
    const document = await load()
    const large = largeCanvas(6)
    await document.applyInSlices(Y.encodeStateAsUpdate(large), { ...ada, live: false }, null, wanted)
    const client = clientOf(document)
    const pages = document.pageIds()
    for (const pageId of pages) document.held.add(pageId)
    appendPage(client.doc, 'more')
    for (let i = 0; i < 30; i++) client.draw(`long${String(i)}`, 4_000)
    const update = client.news()
    await expect(document.applyInSlices(update, { ...ada, live: false }, null, wanted)).rejects.toThrow(
      /bytes/,
    )
    expect(document.pageIds()).toEqual(pages)
    // Those of a first sync, and the one before them, are held for their labels for a while, and so counted twice here.
    for (const pageId of [...pages, ...pages]) document.held.delete(pageId)
    expect(pages.filter((pageId) => document.held.has(pageId))).toEqual([])
    await document.applyInSlices(update, { ...ada, live: false }, null, wanted)
    expect(document.fullState().byteLength).toBeLessThanOrEqual(MAX_CANVAS_BYTES)
    expect(strokesIn(document)).toContain('long29')
    expect(document.pageIds().length).toBeLessThan(pages.length)
  })

  it('[SYNC-26] a canvas that is drawn on and cleared again and again stays small', async () => {
    const canvases = new Canvases(
      {
        projectId: 'p',
        store: new MemoryCanvases(),
        log: silent,
        clock: { now: () => Date.now() },
        metrics: undefined,
        events: {
          changed: () => undefined,
          saved: () => undefined,
          filled: () => undefined,
          brought: () => undefined,
          opened: () => undefined,
          closed: () => undefined,
        },
      },
      [
        {
          id: 'c',
          projectId: 'p',
          generation: 1,
          ownerId: null,
          name: 'c',
          openTo: 'all',
          createdAt: 0,
          deleted: false,
        },
      ],
    )
    const { document } = await canvases.use('c')
    const client = clientOf(document)
    let most = 0
    for (let turn = 0; turn < 150; turn++) {
      for (let i = 0; i < 20; i++) client.draw(newId(), 200)
      document.apply(client.news(), ada, null)
      appendPage(client.doc, newId())
      document.apply(client.news(), ada, null)
      if (turn % 10 === 9) most = Math.max(most, document.fullState().byteLength)
    }
    expect(most).toBeLessThan(100_000)
    expect(document.fullState().byteLength).toBeLessThan(100_000)
    canvases.stop()
  })
})
