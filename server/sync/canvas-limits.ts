import * as Y from 'yjs'
import { MAX_CANVAS_BYTES, MAX_PAGES_PER_CANVAS, MAX_STROKES_PER_PAGE } from '../../shared/canvas/limits.ts'
import { pagesOf, strokesOf } from '../../shared/canvas/schema.ts'
import { type InspectedUpdate, UpdateRefused } from './inspect-update.ts'

/** Pages a document may hold for a moment above the limit, until the oldest are tidied away. */
const PAGE_SLACK = 20

/**
 * Keeps a document inside its limits. It counts upwards cheaply with every update and looks closely (on a trial
 * copy) only when the count says that a limit could be passed.
 */
export class CanvasLimits {
  private bytes: number
  private strokes: number
  private types: number

  constructor(private readonly doc: Y.Doc) {
    const sizes = measure(doc)
    this.bytes = sizes.bytes
    this.strokes = sizes.strokes
    this.types = sizes.types
  }

  /** @throws UpdateRefused when the document would pass a limit with the update. */
  admit(update: Uint8Array, inspected: InspectedUpdate): void {
    const bytes = this.bytes + update.byteLength
    const strokes = this.strokes + inspected.strokes.length
    const types = this.types + inspected.types
    if (bytes <= MAX_CANVAS_BYTES && strokes <= MAX_STROKES_PER_PAGE && types <= MAX_PAGES_PER_CANVAS) {
      this.bytes = bytes
      this.strokes = strokes
      this.types = types
      return
    }
    const trial = new Y.Doc()
    try {
      Y.applyUpdate(trial, Y.encodeStateAsUpdate(this.doc))
      Y.applyUpdate(trial, update)
      const sizes = measure(trial)
      if (sizes.bytes > MAX_CANVAS_BYTES) {
        throw new UpdateRefused(`a canvas holds at most ${String(MAX_CANVAS_BYTES)} bytes`)
      }
      if (sizes.strokes > MAX_STROKES_PER_PAGE) {
        throw new UpdateRefused(`a page holds at most ${String(MAX_STROKES_PER_PAGE)} strokes`)
      }
      if (sizes.types > MAX_PAGES_PER_CANVAS + PAGE_SLACK) {
        throw new UpdateRefused(`a canvas holds at most ${String(MAX_PAGES_PER_CANVAS)} pages`)
      }
      this.bytes = sizes.bytes
      this.strokes = sizes.strokes
      this.types = sizes.types
    } finally {
      trial.destroy()
    }
  }
}

/** Encoded bytes, strokes of the fullest page, and pages. */
function measure(doc: Y.Doc): { bytes: number; strokes: number; types: number } {
  let strokes = 0
  const pages = pagesOf(doc)
  for (const page of pages) if (page instanceof Y.Map) strokes = Math.max(strokes, strokesOf(page)?.size ?? 0)
  return { bytes: Y.encodeStateAsUpdate(doc).byteLength, strokes, types: pages.length }
}
