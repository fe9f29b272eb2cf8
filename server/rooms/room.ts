import {
  type CanvasInfo,
  type DrawingCounts,
  type Person,
  type Role,
  type User,
} from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { RoomState } from '../../shared/protocol/events.ts'
import type { AccuracyPoint, JobStatus, ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { inSlices, once } from '../ops/slices.ts'
import type { CanvasRecord, ClassRecord, ProjectRecord } from '../storage/records.ts'
import { Access } from './access.ts'
import { AccuracyChart } from './accuracy-chart.ts'
import { ActivityList } from './activity.ts'
import { Canvases } from './canvases.ts'
import { Classes } from './classes.ts'
import { Door } from './door.ts'
import { RoomHand } from './hand.ts'
import { tookOver } from './job-mark.ts'
import { DIGITS } from './new-project.ts'
import { PeopleHere } from './people-here.ts'
import { PeopleNews } from './people-news.ts'
import type { RoomEvent, RoomPayload } from './ports.ts'
import { PredictionHistory } from './prediction-history.ts'
import { Predictions } from './predictions.ts'
import { toProjectInfo } from './project-info.ts'
import { RoomDrawings } from './room-drawings.ts'
import { RoomInk } from './room-ink.ts'
import { RoomModel } from './room-model.ts'
import type { RoomServices } from './room-services.ts'
import { RoomTick } from './room-tick.ts'

const MAX_ACCURACY_POINTS = 500

/** What a room starts from, read from the store. */
export interface RoomRecords {
  readonly project: ProjectRecord
  readonly classes: readonly ClassRecord[]
  readonly canvases: readonly CanvasRecord[]
  readonly counts: DrawingCounts
  readonly accuracy: readonly AccuracyPoint[]
  /** Members with a canvas on the wall, who are listed also while away. */
  readonly absent: readonly { readonly user: User; readonly role: Role }[]
}

/** The live side of a project: who is there, its canvases, what is guessed and learned. */
export class Room {
  readonly people: PeopleHere
  private readonly news: PeopleNews
  readonly access: Access
  readonly canvases: Canvases
  readonly classes: Classes
  readonly drawings: RoomDrawings
  readonly model: RoomModel
  readonly predictions: Predictions
  readonly history: PredictionHistory
  readonly tick: RoomTick
  readonly ink: RoomInk
  readonly activity: ActivityList
  readonly hand: RoomHand
  readonly door: Door
  private project: ProjectRecord
  private counts: DrawingCounts
  readonly accuracy: AccuracyChart
  /** The newest full training, as it was told last. */
  private toldJob: JobStatus | null = null
  /** The project is no more. */
  deleted = false
  /** Told when a person's rights on canvases may have changed. */
  readonly rightsListeners = new Set<(userId: string | null) => void>()

  constructor(
    private readonly services: RoomServices,
    records: RoomRecords,
  ) {
    const { store, learning, log, clock, metrics } = services
    const projectId = records.project.id
    this.project = records.project
    this.counts = records.counts
    this.accuracy = new AccuracyChart({
      projectId,
      store,
      log,
      points: records.accuracy,
      most: MAX_ACCURACY_POINTS,
    })
    this.access = new Access(
      () => this.project.settings,
      () => this.hand.ended,
    )
    this.tick = new RoomTick(clock, {
      ink: (batch) => services.outlet.ink(projectId, batch),
      changed: (change) => this.send('canvas:changed', change),
      canvases: (canvases) => this.door.tellCanvases(canvases),
    })
    const { waitingGuesses, keepPredictionsDays: keepDays } = services
    const keeping = { projectId, store, log, clock, metrics, waitingGuesses, keepDays }
    this.history = new PredictionHistory(keeping)
    this.predictions = new Predictions({
      projectId,
      learning,
      history: this.history,
      metrics,
      send: (made) => this.send('prediction', made),
    })
    this.canvases = new Canvases(
      {
        projectId,
        store,
        log,
        clock,
        metrics,
        hasPlace: services.hasPlace,
        unsaved: services.unsaved,
        events: {
          changed: (canvasId, change, view) => {
            this.tick.addChange(canvasId, change)
            this.predictions.inkChanged(view)
          },
          saved: (canvasId, stateVector, userIds) => {
            const readers = new Set([...userIds, ...this.people.withCanvasOpen(canvasId)])
            services.outlet.toUsers(projectId, [...readers], 'canvas:saved', { canvasId, stateVector })
          },
          filled: (canvasId, pageId) => void this.drawings.labels.keepFilled(canvasId, pageId),
          brought: (canvasId, pageIds) => void this.drawings.labels.dropStored(canvasId, pageIds),
          opened: (view) => this.predictions.watch(view),
          closed: (canvasId) => this.predictions.unwatch(canvasId),
        },
      },
      records.canvases,
    )
    this.people = new PeopleHere(
      (userId) => {
        this.news.add(userId)
        this.hand.seen(userId, this.people.get(userId)?.online === true)
      },
      (userId) => this.canvases.ownOf(userId) !== null,
      metrics,
    )
    this.news = new PeopleNews(clock, this.people, (news) => this.door.tellPeople(news))
    this.activity = new ActivityList(clock, (activity) => this.send('activity:added', activity))
    this.hand = new RoomHand({
      projectId,
      stored: records.project.hand,
      store,
      clock,
      metrics,
      isOwner: (userId) => this.access.roleOf(userId) === 'owner',
      hasCanvas: (canvasId) => this.canvases.find(canvasId) !== null,
      changed: (before, after, byUserId) => this.door.handChanged(before, after, byUserId),
      did: (deed) => this.activity.add(deed),
    })
    const { access, canvases, hand, predictions, tick } = this
    this.ink = new RoomInk({ clock, metrics, access, canvases, hand, predictions, tick })
    this.door = new Door({
      projectId,
      outlet: services.outlet,
      metrics,
      access: this.access,
      people: this.people,
      canvases: this.canvases,
      hand: this.hand,
      rightsChanged: (userId) => this.rightsChanged(userId),
    })
    for (const { user, role } of records.absent) this.people.addAbsent(user, role)
    this.classes = new Classes(
      { projectId, store, metrics, counts: () => this.counts, changed: (what) => this.classesChanged(what) },
      records.classes,
    )
    this.model = new RoomModel({
      project: records.project,
      store,
      learning,
      log,
      clock,
      metrics,
      changed: (change) => this.send('checkpoint:changed', change),
      classIds: () => this.classes.ids(),
      starterClasses: () => this.classes.first(DIGITS.length),
    })
    this.drawings = new RoomDrawings({
      projectId,
      template: records.project.template,
      services,
      access: this.access,
      canvases: this.canvases,
      classes: this.classes,
      predictions: this.predictions,
      history: this.history,
      hand: this.hand,
      model: this.model,
      counts: () => this.counts,
      counted: (counts) => (this.counts = counts),
      did: (deed) => this.activity.add(deed),
      send: (event, payload) => this.send(event, payload),
      canvasReset: (canvasId) => {
        this.tick.addCanvas(this.canvases.get(canvasId))
        this.rightsChanged(null)
      },
    })
  }

  get id(): string {
    return this.project.id
  }

  /** Brings a person in; somebody who may draw gets a canvas of their own at once. @throws AppError `full` */
  async enter(user: User, role: Role, socketId: string): Promise<Person> {
    this.access.set(user.id, role)
    const person = this.people.enter(user, role, socketId)
    if (role !== 'viewer') {
      const own = await this.canvases.ensureOwn(user, this.project.settings.ownCanvasOpenTo)
      if (own?.made) this.tick.addCanvas(own.canvas)
    }
    return person
  }

  /** Everything somebody who comes in needs to know. @throws AppError `forbidden` for who is not here any more */
  async state(userId: string): Promise<RoomState> {
    const samples = await this.drawings.samples()
    // Who comes with a whole class takes turns with it.
    return inSlices(once(() => this.readState(userId, samples)))
  }

  /** All of it is read in one go: what changes from here on is told by events, which come behind the answer. */
  private readState(userId: string, samples: RoomState['samples']): RoomState {
    const person = this.people.get(userId)
    if (!person) throw new AppError('forbidden', 'You had to leave this room')
    const { id, name, animal, pen, role } = person
    return {
      project: toProjectInfo(this.project),
      you: { user: { id, name, animal, pen }, role, canvasId: this.canvases.ownOf(userId)?.id ?? null },
      people: this.door.peopleFor(userId),
      canvases: this.door.canvasesFor(userId),
      classes: this.classes.list(),
      counts: this.counts,
      model: this.model.info,
      training: this.model.status,
      mnist: this.model.mnist,
      accuracy: [...this.accuracy.list()],
      predictions: this.predictions.list(),
      samples,
      hand: this.hand.state(),
      activity: this.activity.list(),
      waiting: role === 'owner' ? this.door.lobby.list() : [],
    }
  }

  /** @throws AppError `full` */
  async createCanvas(name: string): Promise<CanvasInfo> {
    const canvas = await this.canvases.createShared(name)
    this.tick.addCanvas(canvas)
    return canvas
  }

  /** The project's name or settings were changed elsewhere. */
  async projectChanged(project: ProjectRecord): Promise<void> {
    const opened = project.settings.ownCanvasOpenTo !== this.project.settings.ownCanvasOpenTo
    this.project = project
    if (opened) {
      await this.canvases.openOwnTo(project.settings.ownCanvasOpenTo)
      for (const canvas of this.canvases.list()) if (canvas.ownerId !== null) this.tick.addCanvas(canvas)
      this.rightsChanged(null)
    }
    this.send('project:changed', toProjectInfo(project))
  }

  /** A membership began, changed its role, or ended (null). */
  async roleChanged(userId: string, role: Role | null): Promise<void> {
    const here = this.people.get(userId)
    this.access.set(userId, role)
    this.rightsChanged(userId)
    if (here || this.door.lobby.isWaiting(userId)) {
      this.services.outlet.toUsers(this.id, [userId], 'you:role', { role })
    }
    if (role === null) this.people.remove(userId)
    else this.people.update(userId, { role })
    this.door.roleChanged(userId, here?.role ?? null, role)
    if (!here || role === null || this.access.roleOf(userId) === null) return
    if (role === 'viewer' || !here.online) return
    const own = await this.canvases.ensureOwn(here, this.project.settings.ownCanvasOpenTo)
    if (own?.made) this.tick.addCanvas(own.canvas)
  }

  statusChanged(status: TrainingStatus): void {
    this.send('training:progress', status)
    if (tookOver(this.toldJob, status.job)) this.activity.add({ kind: 'job-served', byUserId: null })
    this.toldJob = status.job
    this.model.checkpoints.told(status)
  }

  modelPublished(model: ModelInfo, accuracy: AccuracyPoint | null): void {
    this.send('model:published', { model, accuracy })
    this.predictions.modelChanged()
    if (accuracy) this.accuracy.add(accuracy)
  }

  /** The project was deleted: tells everybody, and lets them go. */
  dismissAll(): void {
    this.deleted = true
    this.send('project:deleted', {})
    this.rightsChanged(null)
    this.door.dismissAll()
  }

  /** Ends everything that runs; what is not saved by now is lost. */
  async stop(): Promise<void> {
    this.tick.flush()
    this.tick.stop()
    this.news.flush()
    this.door.lobby.stop()
    this.history.stop()
    this.accuracy.stop()
    this.predictions.stop()
    this.canvases.stop()
    this.ink.stop()
    this.hand.stop()
    await this.model.close()
  }

  private rightsChanged(userId: string | null): void {
    for (const listener of this.rightsListeners) listener(userId)
  }

  private send<E extends RoomEvent>(event: E, payload: RoomPayload<E>): void {
    this.services.outlet.toRoom(this.id, event, payload)
  }

  private async classesChanged(what: 'ids' | 'names'): Promise<void> {
    this.send('classes:changed', { classes: this.classes.list() })
    if (what === 'names') return
    // The class is stored; a model that cannot follow now takes it in when it is opened again.
    await this.model.classesChanged().catch((error: unknown) => {
      this.services.log.error({ err: error, projectId: this.id }, 'the model did not take in the new classes')
    })
  }
}
