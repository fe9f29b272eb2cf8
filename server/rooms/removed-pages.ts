import { newId } from '../../shared/ids/id.ts'
import type { DrawingInfo } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import { findPage } from '../../shared/canvas/schema.ts'
import { cutPage, type Cut } from '../dataset/cut.ts'
import { toDrawingInfo } from '../dataset/drawings.ts'
import { rasterOf } from '../dataset/raster.ts'
import { splitOf } from '../dataset/split.ts'
import type { Clock } from '../ops/clock.ts'
import type { KeyedQueue } from '../ops/keyed-queue.ts'
import type { StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { Deed } from './activity.ts'
import type { Canvases } from './canvases.ts'
import { cutOff, drawingOf, pageKey, returnPage, sameStrokes } from './stored-pages.ts'

export interface RemovedPagesOptions {
  readonly projectId: string
  readonly recipe: Recipe
  readonly store: Store
  readonly clock: Clock
  readonly canvases: Canvases
  /** The queue of the room's pages, which labels and withdrawals go through as well. */
  readonly pages: KeyedQueue
  /** Drawings of the scarcest class so far, for the split of one without a class. */
  readonly scarcest: () => number
  /** The next entry of the label log. */
  readonly learn: (drawing: StoredDrawing) => void
  readonly did: (deed: Deed) => void
}

/** Pages that an owner takes off a canvas, and brings back: what was on them is stored before they go. */
export class RemovedPages {
  constructor(private readonly options: RemovedPagesOptions) {}

  /**
   * Stores what is on a page as a withdrawn drawing and drops the page, with a clean one after it.
   * @throws AppError `unknown-canvas`, `unknown-page` also once it is removed, `empty-drawing`, `unavailable`
   */
  async remove(byUserId: string, canvasId: string, pageId: string): Promise<DrawingInfo> {
    const { canvases, pages, did } = this.options
    const lease = await canvases.use(canvasId)
    lease.canvas.held.add(pageId)
    try {
      return await pages.run(pageKey(canvasId, pageId), async () => {
        const cut = cutPage(lease.document, pageId)
        const drop = cutOff(lease, pageId)
        const drawing = await this.keep(canvasId, pageId, cut)
        drop()
        const saved = await lease.document.saves.flush()
        did({ kind: 'drawing-removed', byUserId, canvasId, drawingId: drawing.id })
        if (saved) return toDrawingInfo(drawing)
        const cause = lease.document.saves.error
        throw new AppError('unavailable', 'The canvas could not be stored', { cause })
      })
    } finally {
      lease.canvas.held.delete(pageId)
      lease.release()
    }
  }

  /**
   * Brings a removed page back; one that is back already stays as it is.
   * @throws AppError `unknown-drawing`, `unknown-canvas`, `conflict` for a drawing that counts, `unavailable`
   */
  async restore(byUserId: string, drawingId: string): Promise<DrawingInfo> {
    const { store, projectId, canvases, pages, did } = this.options
    const { canvasId, pageId } = await drawingOf(store, projectId, drawingId)
    return pages.run(pageKey(canvasId, pageId), async () => {
      const drawing = await drawingOf(store, projectId, drawingId)
      const lease = await canvases.use(canvasId)
      try {
        if (findPage(lease.document.doc, pageId)) return toDrawingInfo(drawing)
        if (!drawing.withdrawn) throw new AppError('conflict', 'The drawing is labelled: take the label back')
        await returnPage(canvases, drawing)
      } finally {
        lease.release()
      }
      did({ kind: 'drawing-restored', byUserId, canvasId, drawingId })
      return toDrawingInfo(drawing)
    })
  }

  /** A withdrawn drawing of the page as it is; one that holds the same strokes stands for it. */
  private async keep(canvasId: string, pageId: string, cut: Cut): Promise<StoredDrawing> {
    const { store, projectId, recipe, clock, learn, scarcest } = this.options
    const earlier = await store.findDrawingByPage(canvasId, pageId)
    // Only a server that died between a label and the turn of its page leaves both.
    if (earlier && !earlier.withdrawn) learn(await store.withdrawDrawing(earlier.id))
    if (earlier && sameStrokes(earlier, cut)) return (await store.getDrawing(earlier.id)) ?? earlier
    const id = newId()
    const contributorIds = [...new Set([...(earlier?.contributorIds ?? []), ...cut.contributorIds])]
    const split = earlier?.split ?? splitOf(id, scarcest())
    const at = clock.now()
    const { strokes, paths } = cut
    const raster = await rasterOf(paths, recipe)
    const page = { id, projectId, canvasId, pageId }
    const record = { ...page, strokes, contributorIds, split, at, withdrawn: true, raster }
    const stored = await store.addDrawing(record, null, id)
    learn(stored)
    return stored
  }
}
