import type { DrawingCounts, DrawingInfo } from '../../shared/protocol/entities.ts'
import { MAX_CLASSES, MAX_OPINIONS } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { SortItem } from '../../shared/protocol/events.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import { newId } from '../../shared/ids/id.ts'
import { findPage } from '../../shared/canvas/schema.ts'
import { cutPage, type Cut } from '../dataset/cut.ts'
import { toDrawingInfo, toSample, toWire } from '../dataset/drawings.ts'
import { rasterOf } from '../dataset/raster.ts'
import { ALWAYS_TRAIN, splitOf } from '../dataset/split.ts'
import type { Clock } from '../ops/clock.ts'
import type { KeyedQueue } from '../ops/keyed-queue.ts'
import type { Opinion, StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import type { Access } from './access.ts'
import type { Deed } from './activity.ts'
import type { Canvases } from './canvases.ts'
import type { Classes } from './classes.ts'
import type { RoomHand } from './hand.ts'
import type { RoomLog, RoomMetrics, RoomPayload } from './ports.ts'
import type { PredictionHistory } from './prediction-history.ts'
import type { Predictions } from './predictions.ts'
import {
  cutOff,
  drawingOf,
  gatherStrokes,
  isMine,
  pageKey,
  returnPage,
  sameStrokes,
  strokeIdsOn,
  strokesHeld,
} from './stored-pages.ts'

/** How long a label waits for the strokes it names, in ms. */
const STROKES_WAIT_MS = 2_000
/** Labels a room works on at once. */
const MAX_UNDER_WAY = 500

export interface LabelRequest {
  readonly canvasId: string
  readonly pageId: string
  /** Null: keep the drawing without a label. */
  readonly classId: string | null
  readonly stateVector: Uint8Array
  /** What the labeller saw on the page. */
  readonly strokeIds?: readonly string[] | undefined
  readonly idempotencyKey: string
}

export interface Labelled {
  readonly drawing: DrawingInfo
  readonly counts: DrawingCounts
}

export interface LabelsOptions {
  readonly projectId: string
  readonly recipe: Recipe
  readonly store: Store
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly access: Access
  readonly canvases: Canvases
  readonly classes: Classes
  readonly predictions: Predictions
  readonly history: PredictionHistory
  readonly hand: Pick<RoomHand, 'requireUnlocked'>
  /** One label, withdrawal or removal of a page at a time. */
  readonly pages: KeyedQueue
  readonly did: (deed: Deed) => void
  readonly counts: () => DrawingCounts
  readonly recount: () => Promise<DrawingCounts>
  /** The next entry of the label log. */
  readonly learn: (drawing: StoredDrawing) => void
  readonly labelled: (event: RoomPayload<'drawing:labelled'>) => void
  readonly withdrawn: (event: RoomPayload<'drawing:withdrawn'>) => void
}

/** Labels, withdrawals and opinions: stored before they are answered or shown to anybody. */
export class Labels {
  private readonly underWay = new Map<string, Promise<Labelled>>()

  constructor(private readonly options: LabelsOptions) {}

  /**
   * Labels a page (or keeps it without a label). The same key again is the same label.
   * @throws AppError `strokes-missing`, `empty-drawing`, `unknown-*`, `locked`, `conflict` for a page labelled already
   */
  async label(userId: string, request: LabelRequest): Promise<Labelled> {
    const { idempotencyKey } = request
    this.options.access.require(userId, actionOf(request), { mine: true })
    const same = this.underWay.get(idempotencyKey)
    if (same) return same
    if (this.underWay.size >= MAX_UNDER_WAY) {
      this.options.metrics?.refused('labels')
      throw new AppError('too-many')
    }
    const labelled = this.labelOnce(userId, request).finally(() => this.underWay.delete(idempotencyKey))
    this.underWay.set(idempotencyKey, labelled)
    return labelled
  }

  /** Takes a label back: the page returns to its canvas. @throws AppError `unknown-drawing`, `forbidden`, `locked` */
  async withdraw(userId: string, drawingId: string): Promise<Labelled> {
    const { store, projectId, access, hand, canvases, recount } = this.options
    const { canvasId, pageId } = await drawingOf(store, projectId, drawingId)
    return this.options.pages.run(pageKey(canvasId, pageId), async () => {
      const drawing = await drawingOf(store, projectId, drawingId)
      access.require(userId, 'drawing:withdraw', { mine: isMine(drawing, userId) })
      if (drawing.withdrawn) return { drawing: toDrawingInfo(drawing), counts: this.options.counts() }
      hand.requireUnlocked(userId)
      // The page is stored before its drawing counts as taken back: whatever fails between, one of them is there.
      await returnPage(canvases, drawing)
      const withdrawn = await store.withdrawDrawing(drawingId)
      this.options.learn(withdrawn)
      const counts = await recount()
      const info = toDrawingInfo(withdrawn)
      this.options.withdrawn({ drawing: info, counts })
      if (!isMine(drawing, userId))
        this.options.did({ kind: 'drawing-withdrawn', byUserId: userId, canvasId, drawingId })
      return { drawing: info, counts }
    })
  }

  /** @throws AppError `unknown-drawing`, `unknown-class`, `forbidden`, `locked` */
  async opine(
    userId: string,
    opinion: { drawingId: string; classId: string | null; idempotencyKey: string },
  ): Promise<Labelled> {
    const { access, classes, hand, store, projectId, clock } = this.options
    const { drawingId, classId, idempotencyKey } = opinion
    const drawing = await drawingOf(store, projectId, drawingId)
    access.require(userId, 'drawing:opine', { mine: isMine(drawing, userId), toSort: drawing.toSort })
    if (!(await store.findDrawingByKey(projectId, idempotencyKey))) hand.requireUnlocked(userId)
    if (drawing.withdrawn) throw new AppError('conflict', 'The drawing was taken back')
    if (classId !== null) classes.require(classId)
    return this.accepted(await this.addOpinion(drawing, { classId, userId, at: clock.now(), idempotencyKey }))
  }

  /**
   * Keeps a page that was drawn full, and that nothing shows any more, as a drawing without a label. What cannot be
   * stored now stays on its canvas.
   */
  async keepFilled(canvasId: string, pageId: string): Promise<void> {
    const { canvases, pages, store, log } = this.options
    try {
      const lease = await canvases.use(canvasId)
      lease.canvas.held.add(pageId)
      try {
        await pages.run(pageKey(canvasId, pageId), async () => {
          const earlier = await store.findDrawingByPage(canvasId, pageId)
          const isKept = earlier !== null && !earlier.withdrawn
          if (isKept || !findPage(lease.document.doc, pageId)) return
          const cut = cutPage(lease.document, pageId)
          const drop = cutOff(lease, pageId)
          const idempotencyKey = `filled-${pageId}`
          const stored = await this.store(
            '',
            { canvasId, pageId, classId: null, idempotencyKey },
            cut,
            earlier,
          )
          drop()
          await this.accepted(stored)
        })
      } finally {
        lease.canvas.held.delete(pageId)
        lease.release()
      }
    } catch (error) {
      log.warn(
        { err: error, canvasId, pageId },
        'a full page could not be kept as a drawing and stays on its canvas',
      )
    }
  }

  /**
   * Drops the pages among these whose drawings stand or were deleted: a crash between the two, or somebody who had not
   * heard, brings them back. What a drawing does not hold goes on to the current page; of a deleted one nothing does.
   */
  async dropStored(canvasId: string, pageIds: readonly string[]): Promise<void> {
    const { canvases, pages, store, log } = this.options
    try {
      const lease = await canvases.use(canvasId)
      try {
        // What is drawn on a page while it is looked up was never in the drawing that was deleted.
        const brought = new Map(pageIds.map((pageId) => [pageId, strokeIdsOn(lease.document.doc, pageId)]))
        for (const pageId of pageIds) {
          await pages.run(pageKey(canvasId, pageId), async () => {
            const drawing = await store.findDrawingByPage(canvasId, pageId)
            const isDeleted = !drawing && (await store.findDeletedPages(canvasId, [pageId])).length > 0
            if (!findPage(lease.document.doc, pageId)) return
            if (isDeleted) cutOff(lease, pageId, brought.get(pageId))()
            else if (drawing && !drawing.withdrawn) cutOff(lease, pageId, strokesHeld(drawing))()
          })
        }
      } finally {
        lease.release()
      }
    } catch (error) {
      log.debug({ err: error, canvasId }, 'pages could not be compared with their drawings')
    }
  }

  async toSort(after: number, limit: number): Promise<SortItem[]> {
    const { items } = await this.options.store.listToSort(this.options.projectId, after, limit)
    return items.map((drawing) => ({
      drawing: toDrawingInfo(drawing),
      seq: drawing.seq,
      strokes: toWire(drawing),
    }))
  }

  private async labelOnce(userId: string, request: LabelRequest): Promise<Labelled> {
    const { store, projectId, access, canvases, classes, hand, pages } = this.options
    const { canvasId, pageId, classId, stateVector, strokeIds = [], idempotencyKey } = request
    const known = await store.findDrawingByKey(projectId, idempotencyKey)
    if (known) return { drawing: toDrawingInfo(known), counts: this.options.counts() }
    hand.requireUnlocked(userId)
    if (classId !== null) classes.require(classId)
    const lease = await canvases.use(canvasId)
    lease.canvas.held.add(pageId)
    try {
      const { document } = lease
      if (!(await waitFor(document.whenCovers.bind(document), stateVector))) {
        throw new AppError('strokes-missing')
      }
      // Of two labels for one page the second has to see what the first one stored.
      return await pages.run(pageKey(canvasId, pageId), async () => {
        hand.requireUnlocked(userId)
        if (classId !== null) classes.require(classId)
        const earlier = await store.findDrawingByPage(canvasId, pageId)
        if (earlier && !earlier.withdrawn) throw new AppError('conflict', 'This page is labelled already')
        if (!earlier && (await store.findDeletedPages(canvasId, [pageId])).length > 0)
          throw new AppError('unknown-page', 'The drawing of this page was deleted')
        const canvas = canvases.get(canvasId)
        // What somebody labels goes into the drawing as they saw it, though others, who were away, put it elsewhere.
        const isBusy = (other: string): boolean => pages.has(pageKey(canvasId, other))
        if (access.mayDraw(userId, canvas)) gatherStrokes(document, pageId, strokeIds, isBusy)
        const cut = cutPage(document, pageId)
        const drop = cutOff(lease, pageId)
        const unclaimed = cut.contributorIds.length === 0 && access.mayDraw(userId, canvas)
        const mine = canvas.ownerId === userId || cut.contributorIds.includes(userId) || unclaimed
        access.require(userId, actionOf(request), { mine })
        const stored = await this.store(userId, request, cut, earlier)
        drop()
        return this.accepted(stored)
      })
    } catch (error) {
      if (mayPass(error)) lease.canvas.held.awaitLabels([pageId])
      throw error
    } finally {
      lease.canvas.held.delete(pageId)
      lease.release()
    }
  }

  /** A page that was labelled before keeps its drawing's split, and its id while the strokes are the same. */
  private async store(
    userId: string,
    { canvasId, pageId, classId, idempotencyKey }: Omit<LabelRequest, 'stateVector' | 'strokeIds'>,
    cut: Cut,
    earlier: StoredDrawing | null,
  ): Promise<StoredDrawing> {
    const { store, projectId, recipe, clock } = this.options
    const at = clock.now()
    const opinion: Opinion | null = classId === null ? null : { classId, userId, at, idempotencyKey }
    if (earlier && opinion && sameStrokes(earlier, cut)) return this.addOpinion(earlier, opinion)
    const id = newId()
    const contributorIds = [...new Set([...(earlier?.contributorIds ?? []), ...cut.contributorIds])]
    const split = earlier?.split ?? splitOf(id, this.countFor(classId))
    const { strokes, paths } = cut
    const raster = await rasterOf(paths, recipe)
    const page = { id, projectId, canvasId, pageId }
    const record = { ...page, strokes, contributorIds, split, at, withdrawn: false, raster }
    return store.addDrawing(record, opinion, idempotencyKey)
  }

  /** Drawings of the class so far; of the scarcest class for a drawing whose class is not known yet. */
  countFor(classId: string | null): number {
    const { byClass } = this.options.counts()
    if (classId !== null) return byClass[classId] ?? 0
    const ids = this.options.classes.ids().slice(0, MAX_CLASSES)
    return ids.length === 0 ? 0 : Math.min(...ids.map((id) => byClass[id] ?? 0), ALWAYS_TRAIN)
  }

  /** @throws AppError `full` */
  private addOpinion(drawing: StoredDrawing, opinion: Opinion): Promise<StoredDrawing> {
    const again = drawing.opinions.some(({ idempotencyKey }) => idempotencyKey === opinion.idempotencyKey)
    if (drawing.opinions.length >= MAX_OPINIONS && !again) {
      this.options.metrics?.refused('opinions')
      throw new AppError('full', `A drawing takes at most ${String(MAX_OPINIONS)} opinions`)
    }
    return this.options.store.addOpinion(drawing.id, opinion)
  }

  private async accepted(stored: StoredDrawing): Promise<Labelled> {
    const { predictions, history, metrics, recount } = this.options
    metrics?.count('labels')
    this.options.learn(stored)
    const guess = predictions.ofPage(stored.pageId)
    if (guess) history.record(guess.prediction, guess.classIds, stored.id)
    const counts = await recount()
    const drawing = toDrawingInfo(stored)
    this.options.labelled({ drawing, counts, sample: toSample(stored) })
    return { drawing, counts }
  }
}

/** Whether the same label may be taken later: whoever gave it gives it again. */
function mayPass(error: unknown): boolean {
  return !(error instanceof AppError) || error.code === 'unavailable' || error.code === 'strokes-missing'
}

function actionOf({ classId }: LabelRequest): 'drawing:keep' | 'drawing:label' {
  return classId === null ? 'drawing:keep' : 'drawing:label'
}

async function waitFor(
  whenCovers: (stateVector: Uint8Array, ms: number) => Promise<boolean>,
  stateVector: Uint8Array,
): Promise<boolean> {
  try {
    return await whenCovers(stateVector, STROKES_WAIT_MS)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new AppError('invalid', 'stateVector: not a state vector', { cause, path: 'stateVector' })
  }
}
