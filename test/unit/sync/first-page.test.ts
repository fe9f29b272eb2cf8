import * as Y from 'yjs'
import { expect, it } from 'vitest'
import type { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { FIRST_PAGE_CLIENT } from '../../../server/sync/first-page.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  pageIdOf,
  pagesOf,
  putStroke,
  strokesOf,
} from '../../../shared/canvas/schema.ts'
import { idSchema } from '../../../shared/protocol/entities.ts'
import { loadDocument as load, MemoryCanvases } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'

const ada = { userId: 'ada', live: true }

function strokesOn(document: CanvasDocument): string[] {
  const page = currentPage(document.doc)
  return [...((page && strokesOf(page))?.keys() ?? [])]
}

it('[SYNC-33] a first page that a crash took before it was stored is made again as it was, with what is drawn on it', async () => {
  const before = await load(new MemoryCanvases(), 'a1')
  const client = new Y.Doc()
  Y.applyUpdate(client, before.fullState())
  const page = currentPage(client)
  if (page) putStroke(page, 's1', line([0, 0], [90, 90], 5))
  // Nothing reached the store: the client brings to another server what that one lacks.
  before.destroy()
  const after = await load(new MemoryCanvases(), 'a1')
  expect(after.fullState()).toEqual((await load(new MemoryCanvases(), 'a1')).fullState())
  const lacking = Y.encodeStateAsUpdate(client, Y.encodeStateVector(after.doc))
  after.apply(lacking, { ...ada, live: false }, null)
  expect(strokesOn(after)).toEqual(['s1'])
  expect(after.pageIds()).toEqual([page && pageIdOf(page)])
  expect(pageIdOf(currentPage((await load(new MemoryCanvases(), 'b2')).doc))).not.toBe(after.pageIds()[0])
  expect(idSchema.safeParse(after.pageIds()[0]).success).toBe(true)
})

it('[SYNC-33] the first page is stored, and another one follows where all pages are gone', async () => {
  const store = new MemoryCanvases()
  const document = await load(store, 'a1')
  const [first = ''] = document.pageIds()
  document.edit((doc) => dropPage(doc, first))
  await document.saves.flush()
  const again = await load(store, 'a1')
  expect(again.pageIds()).toHaveLength(1)
  expect(again.pageIds()).not.toEqual([first])
})

it('[SYNC-33] nobody writes under the Yjs client of first pages, nor under the one of the server', async () => {
  for (const pickClient of [() => FIRST_PAGE_CLIENT, (document: CanvasDocument) => document.doc.clientID]) {
    const document = await load(new MemoryCanvases(), 'a1')
    document.edit((doc) => appendPage(doc, 'next'))
    const forger = new Y.Doc()
    Y.applyUpdate(forger, document.fullState())
    forger.clientID = pickClient(document)
    const known = Y.encodeStateVector(forger)
    pagesOf(forger).delete(0, pagesOf(forger).length)
    appendPage(forger, 'forged')
    const forged = Y.encodeStateAsUpdate(forger, known)
    expect(() => document.apply(forged, ada, null)).toThrow(/only the server/)
    expect(() => document.apply(forged, { ...ada, live: false }, null)).toThrow(/only the server/)
    expect(document.pageIds()).not.toContain('forged')
  }
})
