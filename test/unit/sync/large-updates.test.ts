import * as Y from 'yjs'
import { expect, it } from 'vitest'
import type { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { MAX_CANVAS_BYTES } from '../../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  pagesOf,
  putStroke,
  strokesOf,
} from '../../../shared/canvas/schema.ts'
import { loadDocument as load } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'
import { largeCanvas } from '../../support/large-canvas.ts'

const wanted = (): boolean => true

function strokesIn(document: CanvasDocument): string[] {
  return pagesOf(document.doc)
    .toArray()
    .flatMap((page) => [...(strokesOf(page)?.keys() ?? [])])
}

it('[SYNC-34] large updates that come at once keep to the limit together', async () => {
  const document = await load()
  const updates = ['a', 'b', 'c', 'd'].map((name) => Y.encodeStateAsUpdate(largeCanvas(3, name)))
  const taken = await Promise.allSettled(
    updates.map((update, i) =>
      document.applyInSlices(update, { userId: `u${String(i)}`, live: false }, i, wanted),
    ),
  )
  expect(taken.some(({ status }) => status === 'rejected')).toBe(true)
  expect(taken.some(({ status }) => status === 'fulfilled')).toBe(true)
  expect(document.fullState().byteLength).toBeLessThanOrEqual(MAX_CANVAS_BYTES)
})

it('[SYNC-34] what a large update erases with its page does not come back on another one', async () => {
  const document = await load()
  const first = 'first'
  document.edit((doc) => appendPage(doc, first))
  const ben = new Y.Doc()
  // What an update erases is in the order of Yjs clients: the page comes before what is on it.
  ben.clientID = 2
  Y.applyUpdate(ben, document.fullState())
  const page = currentPage(ben)
  if (page) putStroke(page, 'bens', line([0, 0], [9, 9], 5))
  document.apply(Y.encodeStateAsUpdate(ben), { userId: 'ben', live: true }, null)
  const ada = new Y.Doc()
  Y.applyUpdate(ada, document.fullState())
  appendPage(ada, 'next')
  const next = currentPage(ada)
  for (let i = 0; i < 20; i++) if (next) putStroke(next, `s${String(i)}`, line([0, 0], [999, i * 9], 4_000))
  dropPage(ada, first)
  const update = Y.encodeStateAsUpdate(ada, Y.encodeStateVector(document.doc))
  expect(document.isLong(update)).toBe(true)
  // What she had not seen of the page she dropped stays, on the page that follows.
  const slow = currentPage(ben)
  if (slow) putStroke(slow, 'unseen', line([0, 0], [9, 9], 5))
  document.apply(
    Y.encodeStateAsUpdate(ben, Y.encodeStateVector(document.doc)),
    { userId: 'ben', live: true },
    null,
  )
  await document.applyInSlices(update, { userId: 'ada', live: true }, null, wanted)
  expect(document.pageIds().slice(1)).toEqual(['next'])
  expect(strokesIn(document)).toContain('s19')
  expect(strokesIn(document)).toContain('unseen')
  expect(strokesIn(document)).not.toContain('bens')
})
