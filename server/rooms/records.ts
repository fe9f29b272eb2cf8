import type {
  CheckpointInfo,
  DeletionInfo,
  DrawingListItem,
  HistoryItem,
} from '../../shared/protocol/entities.ts'
import type { CommandResults } from '../../shared/protocol/events.ts'
import { toDrawingInfo, toWire } from '../dataset/drawings.ts'
import type { DeletionRecord, DrawingFilter, PredictionRecord, StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { carriersOf } from './carried-by.ts'

/** Classes that a kept guess is told with. */
const LIKELIEST = 3
/** Letters of strokes in one answer, past which it ends early. */
const MAX_LETTERS = 1_500_000

type RecordStore = Pick<Store, 'findDrawings' | 'getDrawing' | 'listDeletions' | 'listPredictions'>

/** What a project keeps, page by page: its drawings, its guesses, and what was deleted. */
export class Records {
  constructor(
    private readonly store: RecordStore,
    private readonly projectId: string,
    /** Those that are stored. */
    private readonly checkpoints: () => Promise<readonly CheckpointInfo[]>,
  ) {}

  async drawings(
    filter: DrawingFilter,
    before: number | null,
    limit: number,
  ): Promise<CommandResults['drawing:list']> {
    const page = await this.store.findDrawings(this.projectId, filter, before, limit)
    const items: DrawingListItem[] = []
    let letters = 0
    for (const drawing of page.items) {
      const strokes = toWire(drawing)
      letters += strokes.reduce((sum, { base64 }) => sum + base64.length, 0)
      if (items.length > 0 && letters > MAX_LETTERS) return { items, next: items.at(-1)?.seq ?? null }
      items.push({ ...toDrawingInfo(drawing), withdrawn: drawing.withdrawn, strokes })
    }
    return { items, next: page.next }
  }

  /** Guesses that were kept, newest first, with what their drawings are by now. */
  async history(before: number | null, limit: number): Promise<CommandResults['history:list']> {
    const { items, next } = await this.store.listPredictions(this.projectId, before, limit)
    const ids = new Set(items.flatMap(({ drawingId }) => drawingId ?? []))
    const found = await Promise.all([...ids].map((id) => this.store.getDrawing(id)))
    const drawings = new Map(found.flatMap((drawing) => (drawing ? [[drawing.id, drawing]] : [])))
    return { items: items.map((item) => toHistoryItem(item, drawings)), next }
  }

  async deletions(): Promise<DeletionInfo[]> {
    const [notes, checkpoints] = await Promise.all([
      this.store.listDeletions(this.projectId),
      this.checkpoints(),
    ])
    return notes.map(({ id, at, byUserId, kind, userId, drawings, firstSeq }) => {
      const carriedBy = carriersOf({ at, firstSeq }, checkpoints).map((checkpoint) => checkpoint.id)
      return { id, at, byUserId, kind, userId, drawings, carriedBy }
    })
  }

  /** The checkpoints that still carry what was learned from what a note tells of. */
  async carriers(note: DeletionRecord): Promise<CheckpointInfo[]> {
    return carriersOf(note, await this.checkpoints())
  }
}

function toHistoryItem(
  { id, at, prediction, classIds, drawingId }: PredictionRecord,
  drawings: ReadonlyMap<string, StoredDrawing>,
): HistoryItem {
  const { canvasId, modelVersion, points, probabilities } = prediction
  const guess = classIds
    .map((classId, index) => ({ classId, share: probabilities[index] ?? 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, LIKELIEST)
  const drawing = drawingId === null ? undefined : drawings.get(drawingId)
  const truthClassId = drawing && !drawing.withdrawn ? drawing.classId : null
  return { id, at, canvasId, modelVersion, points, guess, drawingId, truthClassId }
}
