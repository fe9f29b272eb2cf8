import { findPage, readStrokes } from '../../shared/canvas/schema.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { CanvasDocument } from '../sync/canvas-document.ts'
import type { StrokePath } from '../learning/service.ts'
import type { DrawingRecord } from '../storage/records.ts'

/** What a page holds, as a drawing keeps it. */
export interface Cut extends Pick<DrawingRecord, 'strokes' | 'contributorIds'> {
  /** The points of the strokes. */
  readonly paths: readonly StrokePath[]
}

/**
 * Cuts a drawing from a page of the server's document: its strokes in drawing order and who drew them.
 * @throws AppError `unknown-page`, `empty-drawing`; `unavailable` where the canvas was emptied or ended meanwhile
 */
export function cutPage(document: CanvasDocument, pageId: string): Cut {
  if (document.doc.isDestroyed) throw new AppError('unavailable', 'The canvas is read anew')
  const page = findPage(document.doc, pageId)
  if (!page) throw new AppError('unknown-page', `The canvas has no page ${pageId}`)
  const drawn = readStrokes(page)
  if (drawn.length === 0) throw new AppError('empty-drawing')
  const strokes = drawn.map(({ id, stroke }) => ({ id, bytes: encodeStroke(stroke) }))
  const paths = drawn.map(({ stroke }) => stroke)
  return { strokes, contributorIds: document.contributorsOf(pageId), paths }
}
