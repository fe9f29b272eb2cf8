import * as Y from 'yjs'
import { expect, it } from 'vitest'
import { CanvasDoc } from '../../../client/net/canvas-doc.ts'
import { landStrays } from '../../../client/net/stray-strokes.ts'
import {
  appendPage,
  currentPage,
  dropPage,
  findPage,
  insertPage,
  rawStrokes,
} from '../../../shared/canvas/schema.ts'

const stroke = {
  at: 1,
  xs: Float32Array.of(1, 9),
  ys: Float32Array.of(5, 6),
  pressures: null,
  times: null,
}
const nothing: ReadonlyMap<number, number> = new Map()

/** A server's document, and somebody's copy whose connection is down from the beginning. */
function away() {
  const server = new Y.Doc()
  appendPage(server, 'first')
  const canvas = new CanvasDoc({ onChange: () => undefined })
  const hear = (): void =>
    Y.applyUpdate(canvas.doc, Y.encodeStateAsUpdate(server, Y.encodeStateVector(canvas.doc)), 'remote')
  hear()
  canvas.unsaved.live = false
  return { server, canvas, hear }
}

const keysOn = (doc: Y.Doc, pageId: string): string[] => {
  const page = findPage(doc, pageId)
  return page ? [...rawStrokes(page).keys()] : []
}

it('[OFF-17] an acknowledgement that comes before the sync does not count for what went with its page', () => {
  const { server, canvas, hear } = away()
  canvas.commit('s1', stroke)
  appendPage(server, 'second')
  dropPage(server, 'first')
  hear()
  canvas.noteSaved(Y.encodeStateVector(canvas.doc))
  expect(canvas.unsavedCount).toBe(1)
  expect(landStrays(canvas.doc, canvas.unsaved, nothing)).toBe(1)
  canvas.unsaved.live = true
  expect(keysOn(canvas.doc, 'second')).toEqual(['s1'])
  // What was acknowledged is what the clock covered then: not the stroke as it lies now.
  expect(canvas.unsavedCount).toBe(1)
  canvas.noteSaved(Y.encodeStateVector(canvas.doc))
  expect(canvas.unsavedCount).toBe(0)
})

it('[OFF-17] what went with its page is handed over where it may not be put on another one', () => {
  const { server, canvas, hear } = away()
  canvas.commit('s1', stroke)
  appendPage(server, 'second')
  dropPage(server, 'first')
  hear()
  expect(canvas.unsaved.takeLost(nothing).map(({ id }) => id)).toEqual(['s1'])
  expect(canvas.unsavedCount).toBe(0)
})

it('[OFF-17] on a page that came back under its name the strokes drawn there are put again', () => {
  const { server, canvas, hear } = away()
  canvas.commit('s1', stroke)
  canvas.turn()
  appendPage(server, 'second')
  dropPage(server, 'first')
  insertPage(server, 0, 'first')
  hear()
  landStrays(canvas.doc, canvas.unsaved, nothing)
  expect(keysOn(canvas.doc, 'first')).toEqual(['s1'])
})

it('[OFF-17] a stroke that I erased and brought back stays on its page, where others see it', () => {
  const { server, canvas, hear } = away()
  canvas.unsaved.live = true
  canvas.commit('s1', stroke)
  Y.applyUpdate(server, Y.encodeStateAsUpdate(canvas.doc))
  const had = Y.decodeStateVector(Y.encodeStateVector(server))
  canvas.unsaved.live = false
  canvas.erase(['s1'])
  canvas.undo()
  appendPage(server, 'second')
  hear()
  expect(landStrays(canvas.doc, canvas.unsaved, had)).toBe(0)
  expect(keysOn(canvas.doc, 'first')).toEqual(['s1'])
})

it('[OFF-17] what I drew before a page was turned under my eyes stays on it; a server that was away may come back', () => {
  for (const live of [true, false]) {
    const { server, canvas, hear } = away()
    canvas.unsaved.live = live
    canvas.commit('s1', stroke)
    appendPage(server, 'second')
    hear()
    canvas.unsaved.live = false
    expect(landStrays(canvas.doc, canvas.unsaved, nothing)).toBe(live ? 0 : 1)
    expect(currentPage(canvas.doc)).toBe(findPage(canvas.doc, 'second'))
    expect(keysOn(canvas.doc, 'second')).toEqual(live ? [] : ['s1'])
  }
})
