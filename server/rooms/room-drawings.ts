import type { DrawingCounts, Template } from '../../shared/protocol/entities.ts'
import type { ClassSample } from '../../shared/protocol/events.ts'
import { recipeOf } from '../dataset/raster.ts'
import { createKeyedQueue } from '../ops/keyed-queue.ts'
import type { StoredDrawing } from '../storage/records.ts'
import type { Access } from './access.ts'
import type { Deed } from './activity.ts'
import type { Canvases } from './canvases.ts'
import type { Classes } from './classes.ts'
import { DrawingDeletion } from './drawing-deletion.ts'
import type { RoomHand } from './hand.ts'
import { Labels } from './labels.ts'
import { Samples } from './pictures.ts'
import type { RoomEvent, RoomPayload } from './ports.ts'
import type { PredictionHistory } from './prediction-history.ts'
import type { Predictions } from './predictions.ts'
import { Records } from './records.ts'
import { RemovedPages } from './removed-pages.ts'
import type { RoomModel } from './room-model.ts'
import type { RoomServices } from './room-services.ts'

export interface RoomDrawingsOptions {
  readonly projectId: string
  readonly template: Template
  readonly services: RoomServices
  readonly access: Access
  readonly canvases: Canvases
  readonly classes: Classes
  readonly predictions: Predictions
  readonly history: PredictionHistory
  readonly hand: RoomHand
  readonly model: RoomModel
  readonly counts: () => DrawingCounts
  readonly counted: (counts: DrawingCounts) => void
  readonly did: (deed: Deed) => void
  readonly send: <E extends RoomEvent>(event: E, payload: RoomPayload<E>) => void
  /** A canvas began anew. */
  readonly canvasReset: (canvasId: string) => void
}

/** What becomes of the drawings of a room: labels, removals, deletions, and what is kept of them. */
export class RoomDrawings {
  readonly labels: Labels
  readonly removedPages: RemovedPages
  readonly deletion: DrawingDeletion
  readonly records: Records
  private readonly newest: Samples

  constructor(options: RoomDrawingsOptions) {
    const { projectId, services, access, canvases, classes, model, did, send } = options
    const { store, log, clock, metrics } = services
    const pages = createKeyedQueue()
    const recipe = recipeOf(options.template)
    this.newest = new Samples(store, projectId, (classId) => classes.has(classId))
    const learn = (drawing: StoredDrawing): void => {
      this.newest.changed()
      model.learn(drawing)
    }
    const recount = async (): Promise<DrawingCounts> => {
      const counts = await store.countDrawings(projectId)
      options.counted(counts)
      return counts
    }
    const { predictions, history, hand, counts } = options
    this.labels = new Labels({
      ...{
        projectId,
        recipe,
        store,
        log,
        clock,
        metrics,
        access,
        canvases,
        classes,
        predictions,
        history,
        hand,
      },
      ...{ pages, did, counts, recount, learn },
      labelled: (event) => send('drawing:labelled', event),
      withdrawn: (event) => send('drawing:withdrawn', event),
    })
    const scarcest = (): number => this.labels.countFor(null)
    this.removedPages = new RemovedPages({
      ...{ projectId, recipe, store, clock, canvases, pages, scarcest, learn, did },
    })
    this.records = new Records(store, projectId, async () => {
      await model.opened
      return model.checkpoints.shelf.list()
    })
    this.deletion = new DrawingDeletion({
      ...{ projectId, store, clock, access, canvases, pages, recount, did },
      samples: () => this.newest.list(),
      forgetGuesses: (pageIds) => history.forget(pageIds),
      forget: (drawingIds) => {
        this.newest.changed()
        return model.forget(drawingIds)
      },
      dropStored: (canvasId, pageIds) => this.labels.dropStored(canvasId, pageIds),
      canvasReset: options.canvasReset,
      deleted: (event) => send('drawings:deleted', event),
    })
  }

  /** The newest accepted drawing of each class that there is. */
  samples(): Promise<ClassSample[]> {
    return this.newest.list()
  }
}
