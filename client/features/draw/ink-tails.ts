import { MAX_TAIL_POINTS, TAIL_OVERLAP, type InkTail } from '../../../shared/protocol/ink.ts'
import type { StrokeBuilder } from './stroke-builder.ts'

/**
 * The tails that bring the others from `sent` points of a stroke to all of it: each starts TAIL_OVERLAP points
 * before, since the packet before may have been lost, and none has more than MAX_TAIL_POINTS.
 */
export function tailsOf(
  stroke: Pick<StrokeBuilder, 'id' | 'count' | 'xs' | 'ys'>,
  sent: number,
  canvasId: string,
  pageId: string,
): InkTail[] {
  const tails: InkTail[] = []
  let from = Math.max(0, sent - TAIL_OVERLAP)
  while (from < stroke.count) {
    const to = Math.min(stroke.count, from + MAX_TAIL_POINTS)
    tails.push({
      kind: 'tail',
      canvasId,
      pageId,
      strokeId: stroke.id,
      start: from,
      xs: stroke.xs.slice(from, to),
      ys: stroke.ys.slice(from, to),
    })
    from = to
  }
  return tails
}
