import { toBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { DrawingInfo } from '../../shared/protocol/entities.ts'
import type { ClassSample, WireStroke } from '../../shared/protocol/events.ts'
import type { LearningDrawing, StrokePath } from '../learning/service.ts'
import type { StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'

const PAGE = 500

/** What everyone in the room is told of a drawing. */
export function toDrawingInfo(drawing: StoredDrawing): DrawingInfo {
  const { id, canvasId, pageId, classId, contributorIds, split, seq, at } = drawing
  const newest = drawing.opinions.at(-1)
  const byUserId = newest?.userId ?? contributorIds[0] ?? ''
  return { id, canvasId, pageId, classId, byUserId, contributorIds, split, seq, at: newest?.at ?? at }
}

/** The drawing as the trainer learns from it; a class that is no more counts as none. */
export function toLearning(drawing: StoredDrawing, classIds: ReadonlySet<string>): LearningDrawing {
  const { id, seq, split, withdrawn, classId } = drawing
  const counts = !withdrawn && classId !== null && classIds.has(classId)
  const at = drawing.opinions.at(-1)?.at ?? drawing.at
  return { id, seq, split, at, classId: counts ? classId : null, strokes: pathsOf(drawing) }
}

export function toSample(drawing: StoredDrawing): ClassSample | null {
  if (drawing.classId === null) return null
  return { classId: drawing.classId, drawingId: drawing.id, strokes: toWire(drawing) }
}

/** The strokes as they travel in lists. */
export function toWire({ strokes }: Pick<StoredDrawing, 'strokes'>): WireStroke[] {
  return strokes.map(({ id, bytes }) => ({ id, base64: toBase64(bytes) }))
}

/** The whole label log of a project, in order. */
export async function labelLog(
  store: Pick<Store, 'listDrawings'>,
  projectId: string,
  classIds: ReadonlySet<string>,
): Promise<LearningDrawing[]> {
  const log: LearningDrawing[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: Awaited<ReturnType<Store['listDrawings']>> = await store.listDrawings(projectId, after, PAGE)
    for (const drawing of page.items) log.push(toLearning(drawing, classIds))
    after = page.next
  }
  return log
}

function pathsOf(drawing: StoredDrawing): StrokePath[] {
  return drawing.strokes.flatMap(({ bytes }) => {
    try {
      const { xs, ys } = decodeStroke(bytes)
      return [{ xs, ys }]
    } catch (error) {
      if (error instanceof StrokeCodecError) return []
      throw error
    }
  })
}
