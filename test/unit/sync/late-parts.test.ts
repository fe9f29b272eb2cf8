import * as Y from 'yjs'
import { expect, it } from 'vitest'
import type { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { offsetKey } from '../../../shared/canvas/amend.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  findPage,
  moveStroke,
  pageIdOf,
  pagesOf,
  putStroke,
  removeStroke,
  strokesOf,
} from '../../../shared/canvas/schema.ts'
import { loadDocument as load } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'

/** Somebody's copy, and the updates of what they do, one by one. */
function editorOf(document: CanvasDocument) {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.fullState())
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'remote') updates.push(update)
  })
  return {
    doc,
    draw(...ids: string[]): void {
      const page = currentPage(doc)
      for (const id of ids) if (page) putStroke(page, id, line([0, 0], [90, 90], 5))
    },
    move(id: string): void {
      const page = currentPage(doc)
      if (page) moveStroke(page, id, { dx: 5, dy: 5 })
    },
    /** Updates since the last call. */
    news: (): Uint8Array[] => updates.splice(0),
    hears(): void {
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(document.doc, Y.encodeStateVector(doc)), 'remote')
    },
  }
}

const keysOn = (document: CanvasDocument, pageId: string): string[] => [
  ...(strokesOf(findPage(document.doc, pageId))?.keys() ?? []),
]

/** The server turns to a page, and drops the ones before. */
function turn(document: CanvasDocument, pageId: string, dropped: readonly string[]): void {
  document.edit((doc) => {
    appendPage(doc, pageId)
    for (const gone of dropped) dropPage(doc, gone)
  })
}

it('[SYNC-36] a move that comes when its stroke went on to a page that was turned too lands where the stroke lies', async () => {
  const document = await load()
  const mia = editorOf(document)
  mia.draw('s1')
  mia.move('s1')
  const [drawn, moved] = mia.news()
  turn(document, 'next', document.pageIds())
  const live = { userId: 'mia', live: true }
  if (drawn) document.apply(drawn, live, null)
  expect(keysOn(document, 'next')).toEqual(['s1'])
  document.edit((doc) => appendPage(doc, 'later'))
  if (moved) document.apply(moved, live, null)
  expect(keysOn(document, 'next')).toEqual(['s1', offsetKey('s1')])
  expect(keysOn(document, 'later')).toEqual([])
})

it('[SYNC-36] what waited for another update lands as well when that one brings it in', async () => {
  const document = await load()
  const mia = editorOf(document)
  mia.draw('s1')
  mia.draw('s2')
  const [first, second] = mia.news()
  turn(document, 'next', document.pageIds())
  const live = { userId: 'mia', live: true }
  if (second) expect(document.apply(second, live, null).waiting).toBe(true)
  expect(keysOn(document, 'next')).toEqual([])
  if (first) document.apply(first, live, null)
  expect(keysOn(document, 'next').sort()).toEqual(['s1', 's2'])
})

it('[SYNC-36] what is done to a stroke where it lay before follows it to where it lies', async () => {
  const document = await load()
  const leo = editorOf(document)
  leo.draw('s1')
  const [own = ''] = document.pageIds()
  for (const update of leo.news()) document.apply(update, { userId: 'leo', live: true }, null)
  const mia = editorOf(document)
  mia.move('s1')
  turn(document, 'next', [])
  leo.hears()
  leo.draw('s1')
  for (const update of leo.news()) document.apply(update, { userId: 'leo', live: true }, null)
  expect(keysOn(document, own)).toEqual([])
  for (const update of mia.news()) document.apply(update, { userId: 'mia', live: true }, null)
  expect(keysOn(document, own)).toEqual([])
  expect(keysOn(document, 'next').sort()).toEqual(['s1', offsetKey('s1')])
})

it('[SYNC-37] a stroke that others had seen on its page stays there, where its drawer put it elsewhere after a crash', async () => {
  for (const seen of [true, false]) {
    const document = await load()
    const [own = ''] = document.pageIds()
    const leo = editorOf(document)
    leo.draw('s1')
    const mia = editorOf(document)
    const all = Y.encodeStateAsUpdate(leo.doc)
    // The server lost it; mia, who had seen it, turned the page to label it.
    Y.applyUpdate(mia.doc, all)
    appendPage(mia.doc, 'next')
    if (seen) document.apply(Y.encodeStateAsUpdate(mia.doc), { userId: 'mia', live: false }, null)
    else document.edit((doc) => appendPage(doc, 'next'))
    document.apply(all, { userId: 'leo', live: false, declared: new Set([leo.doc.clientID]) }, null)
    leo.news()
    leo.hears()
    expect(pageIdOf(currentPage(leo.doc))).toBe('next')
    leo.draw('s1')
    for (const update of leo.news()) document.apply(update, { userId: 'leo', live: true }, null)
    expect(keysOn(document, own)).toEqual(seen ? ['s1'] : [])
    expect(keysOn(document, 'next')).toEqual(seen ? [] : ['s1'])
  }
})

it('[SYNC-36] a stroke that was erased and brought back lands, though its page went before either was heard of', async () => {
  const document = await load()
  const mia = editorOf(document)
  const undo = new Y.UndoManager(pagesOf(mia.doc), { captureTimeout: 0 })
  mia.draw('s1')
  removeStroke(currentPage(mia.doc) ?? new Y.Map(), 's1')
  const erased = Y.encodeStateAsUpdate(mia.doc)
  mia.news()
  undo.undo()
  turn(document, 'next', document.pageIds())
  document.apply(erased, { userId: 'mia', live: false }, null)
  expect(keysOn(document, 'next')).toEqual([])
  for (const update of mia.news()) document.apply(update, { userId: 'mia', live: true }, null)
  expect(keysOn(document, 'next')).toEqual(['s1'])
})
