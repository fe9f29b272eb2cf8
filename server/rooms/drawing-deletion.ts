import { newId } from '../../shared/ids/id.ts'
import { findPage } from '../../shared/canvas/schema.ts'
import type { DrawingCounts } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { ClassSample } from '../../shared/protocol/events.ts'
import type { Clock } from '../ops/clock.ts'
import type { KeyedQueue } from '../ops/keyed-queue.ts'
import type { DeletionRecord, StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { Access } from './access.ts'
import type { Deed } from './activity.ts'
import type { Canvases } from './canvases.ts'
import type { RoomPayload } from './ports.ts'
import { cutOff, drawingOf, isMine, pageKey, strokesHeld } from './stored-pages.ts'

/** Drawings that are deleted in one write. */
const BATCH = 100

export interface DrawingDeletionOptions {
  readonly projectId: string
  readonly store: Store
  readonly clock: Clock
  readonly access: Access
  readonly canvases: Canvases
  /** The queue of the room's pages, which labels and withdrawals go through as well. */
  readonly pages: KeyedQueue
  /** Resolves once no guess of these pages is written any more. */
  readonly forgetGuesses: (pageIds: ReadonlySet<string>) => Promise<void>
  /** Resolves once nothing is learned from drawings any more. */
  readonly forget: (drawingIds: readonly string[]) => Promise<void>
  readonly recount: () => Promise<DrawingCounts>
  readonly samples: () => Promise<readonly ClassSample[]>
  /** Drops those of a canvas's pages whose drawings are stored or deleted. */
  readonly dropStored: (canvasId: string, pageIds: readonly string[]) => Promise<void>
  /** A canvas began anew. */
  readonly canvasReset: (canvasId: string) => void
  readonly deleted: (event: RoomPayload<'drawings:deleted'>) => void
  readonly did: (deed: Deed) => void
}

/**
 * Deletes drawings for good: off their canvases and their logs first, then from the store, then from what is learned
 * from. Whatever fails between, a repetition finds what is left to do.
 */
export class DrawingDeletion {
  constructor(private readonly options: DrawingDeletionOptions) {}

  /** @throws AppError `unknown-drawing`, `forbidden`, `unavailable` */
  async deleteDrawing(byUserId: string, drawingId: string): Promise<DeletionRecord> {
    const { store, projectId, access, pages, did } = this.options
    const { canvasId, pageId } = await drawingOf(store, projectId, drawingId)
    const note = this.note(byUserId, 'drawing', null)
    const drawing = await pages.run(pageKey(canvasId, pageId), async () => {
      const found = await drawingOf(store, projectId, drawingId)
      access.require(byUserId, 'drawing:delete', { mine: isMine(found, byUserId) })
      await this.erase([found], note)
      return found
    })
    if (!isMine(drawing, byUserId)) did({ kind: 'drawing-deleted', byUserId, canvasId })
    return this.noted(note)
  }

  /**
   * Deletes all that a person drew in the project, alone or with others, and empties their own canvas; null where there
   * was nothing to delete.
   * @throws AppError `unknown-person`, `forbidden`, `unavailable`
   */
  async deletePerson(byUserId: string, userId: string): Promise<DeletionRecord | null> {
    const { store, projectId, access, canvases, pages, did } = this.options
    access.require(byUserId, 'person:delete-drawings', { mine: userId === byUserId })
    return pages.run(`person/${userId}`, async () => {
      const own = canvases.ownOf(userId)
      let { items } = await store.findDrawings(projectId, { userId }, null, BATCH)
      if (!own && items.length === 0 && !(await store.getMember(projectId, userId)))
        throw new AppError('unknown-person', 'This person is no member of the project')
      if (own) {
        try {
          await canvases.reset(own.id)
        } finally {
          // Where it failed, too, those who have it open must read it anew: what they hold is ended.
          this.options.canvasReset(own.id)
        }
      }
      const note = this.note(byUserId, 'person', userId)
      const any = items.length > 0
      while (items.length > 0) {
        await this.erase(items, note)
        ;({ items } = await store.findDrawings(projectId, { userId }, null, BATCH))
      }
      if (!any) return null
      const noted = await this.noted(note)
      did({ kind: 'drawings-deleted', byUserId, userId, what: String(noted.drawings) })
      return noted
    })
  }

  private async erase(drawings: readonly StoredDrawing[], note: DeletionRecord): Promise<void> {
    const { store, projectId, forget, recount, samples, deleted, dropStored } = this.options
    const byCanvas = new Map<string, StoredDrawing[]>()
    for (const drawing of drawings) {
      const same = byCanvas.get(drawing.canvasId)
      if (same) same.push(drawing)
      else byCanvas.set(drawing.canvasId, [drawing])
    }
    for (const [canvasId, some] of byCanvas) await this.clean(canvasId, some)
    await this.options.forgetGuesses(new Set(drawings.map(({ pageId }) => pageId)))
    const drawingIds = await store.deleteDrawings(
      projectId,
      drawings.map(({ id }) => id),
      note,
    )
    await forget(drawingIds)
    const counts = await recount()
    const newest = new Map((await samples()).map((sample) => [sample.classId, sample]))
    const classIds = new Set(drawings.flatMap(({ classId }) => classId ?? []))
    deleted({
      drawingIds,
      counts,
      samples: [...classIds].map((classId) => ({ classId, sample: newest.get(classId) ?? null })),
    })
    // Somebody may have brought pages back while they were deleted.
    for (const [canvasId, some] of byCanvas) {
      void dropStored(
        canvasId,
        some.map(({ pageId }) => pageId),
      )
    }
  }

  /** Drops the pages of drawings from a canvas, and what was on them from its log. @throws AppError `unavailable` */
  private async clean(canvasId: string, drawings: readonly StoredDrawing[]): Promise<void> {
    const { canvases } = this.options
    if (!canvases.find(canvasId)) return
    const lease = await canvases.use(canvasId)
    const { document } = lease
    try {
      for (const drawing of drawings) {
        if (findPage(document.doc, drawing.pageId)) cutOff(lease, drawing.pageId, strokesHeld(drawing))()
      }
      if (await document.saves.compact()) return
      throw new AppError('unavailable', 'The canvas could not be stored', { cause: document.saves.error })
    } finally {
      lease.release()
    }
  }

  private note(byUserId: string, kind: DeletionRecord['kind'], userId: string | null): DeletionRecord {
    const { projectId, clock } = this.options
    return { id: newId(), projectId, at: clock.now(), byUserId, kind, userId, drawings: 0, firstSeq: 0 }
  }

  /** The note as the store counted it. */
  private async noted(note: DeletionRecord): Promise<DeletionRecord> {
    const notes = await this.options.store.listDeletions(this.options.projectId)
    return notes.find(({ id }) => id === note.id) ?? note
  }
}
