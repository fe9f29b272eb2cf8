import { createHash } from 'node:crypto'
import type { CheckpointReason } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { TrainingSettings } from '../../shared/training/settings.ts'
import type { ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { labelLog, toLearning } from '../dataset/drawings.ts'
import { LearningError } from '../learning/errors.ts'
import type { JobWish, Learning, ModelStart } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import type { CheckpointRecord, ProjectRecord, StoredDrawing } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { isUnderway } from './job-mark.ts'
import { isRefusal, toAppError } from './part-error.ts'
import type { RoomLog, RoomMetrics } from './ports.ts'
import { RoomCheckpoints, type RoomCheckpointsOptions } from './room-checkpoints.ts'
import { unopenedStatus } from './unopened-status.ts'

/** Changes of the label log that may wait for the model to open. */
const MAX_EARLY = 10_000

type ModelState =
  | { readonly kind: 'opening'; readonly early: StoredDrawing[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly reason: string }

export interface RoomModelOptions {
  readonly project: ProjectRecord
  readonly store: Store
  readonly learning: Learning
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly changed: RoomCheckpointsOptions['changed']
  /** Ids of the classes that are not removed. */
  readonly classIds: () => readonly string[]
  /** Ids of the classes that a digits project began with, in order; null for one that was removed. */
  readonly starterClasses: () => readonly (string | null)[]
}

/** A room's model: opened from its newest checkpoint and the label log, saved on a schedule. */
export class RoomModel {
  private state: ModelState = { kind: 'opening', early: [] }
  /** Resolves when the model is open or has failed to. */
  readonly opened: Promise<void>
  readonly checkpoints: RoomCheckpoints

  constructor(private readonly options: RoomModelOptions) {
    this.checkpoints = new RoomCheckpoints({
      ...options,
      projectId: options.project.id,
      ready: () => this.ready(),
      step: () => this.status.step,
      job: () => this.status.job,
    })
    this.opened = this.open()
  }

  get status(): TrainingStatus {
    const { learning, project } = this.options
    const phase =
      this.state.kind === 'failed'
        ? { state: 'failed' as const, reason: this.state.reason }
        : { state: 'waiting' as const, ahead: 0 }
    return learning.status(project.id) ?? unopenedStatus(project, phase, learning.backend)
  }

  /** Whether a full training may take in MNIST's digits. */
  get mnist(): boolean {
    const { learning, project } = this.options
    return project.template === 'digits' && learning.mnist
  }

  get info(): ModelInfo | null {
    return this.options.learning.model(this.options.project.id)
  }

  /** The next entry of the label log; kept for later while the model opens. */
  learn(drawing: StoredDrawing): void {
    const { learning, project } = this.options
    if (this.state.kind === 'open') learning.learn(project.id, this.toLearning(drawing))
    else if (this.state.kind === 'opening') {
      this.state.early.push(drawing)
      if (this.state.early.length > MAX_EARLY) this.state.early.shift()
    }
  }

  /** Drawings were deleted: resolves once nothing is learned from them any more. */
  async forget(drawingIds: readonly string[]): Promise<void> {
    const { learning, project, log } = this.options
    if (this.state.kind === 'opening') await this.opened
    try {
      await learning.forget(project.id, drawingIds)
    } catch (error) {
      // A trainer that is started again reads the log anew, without them.
      log.warn({ err: error, projectId: project.id }, 'the trainer was away when drawings were deleted')
    }
  }

  async classesChanged(): Promise<void> {
    await this.ready()
    await this.options.learning.setClasses(this.options.project.id, this.options.classIds())
  }

  async configure(settings: TrainingSettings): Promise<TrainingStatus> {
    const { store, project, learning } = this.options
    await this.ready()
    await store.updateProject(project.id, { training: settings })
    return learning.configure(project.id, settings)
  }

  async pause(paused: boolean): Promise<TrainingStatus> {
    const { store, project, learning } = this.options
    await this.ready()
    await store.updateProject(project.id, { trainingPaused: paused })
    return paused ? learning.pause(project.id) : learning.resume(project.id)
  }

  /** Learns from what waits, whatever the settings say. */
  now(): Promise<TrainingStatus> {
    return this.training((learning, projectId) => learning.trainNow(projectId))
  }

  /**
   * Queues a full training of the settings as they are.
   * @throws AppError `conflict` while one runs, with too few drawings, or without MNIST; `full`
   */
  startJob(wish: JobWish): Promise<TrainingStatus> {
    return this.training((learning, projectId) => learning.startJob(projectId, wish))
  }

  /** @throws AppError `conflict` where none waits or runs */
  stopJob(): Promise<TrainingStatus> {
    return this.training((learning, projectId) => learning.stopJob(projectId))
  }

  /** @throws AppError `conflict` where none waits for it */
  decideJob(promote: boolean): Promise<TrainingStatus> {
    return this.training((learning, projectId) => learning.decideJob(projectId, promote))
  }

  /** Whether a full training goes on, as it does while nobody is in the room. */
  get busy(): boolean {
    const { phase, job } = this.status
    return (
      this.state.kind === 'open' && phase.state !== 'paused' && phase.state !== 'failed' && isUnderway(job)
    )
  }

  /** Whether the training has gone on since its newest checkpoint, as far as it was told. */
  get changed(): boolean {
    return this.state.kind === 'open' && this.checkpoints.behind
  }

  /** Stores the state if it went on since the newest checkpoint; answers why it could not. */
  async checkpointIfChanged(reason: CheckpointReason): Promise<unknown> {
    return this.state.kind === 'open' ? this.checkpoints.saveIfChanged(reason) : null
  }

  /** Drops the model from the threads. */
  async close(): Promise<void> {
    await this.opened
    await this.checkpoints.stop()
    if (this.state.kind === 'open') await this.options.learning.close(this.options.project.id)
  }

  private async open(): Promise<void> {
    const { project, log } = this.options
    try {
      const { start, savedStep } = await this.openNewest()
      const { classIds, drawings } = start
      const early = this.state.kind === 'opening' ? this.state.early : []
      this.state = { kind: 'open' }
      const known = drawings.at(-1)?.seq ?? 0
      for (const drawing of early) if (drawing.seq > known) this.learn(drawing)
      if (!sameIds(classIds, this.options.classIds())) await this.classesChanged()
      this.checkpoints.start(savedStep)
    } catch (error) {
      log.error({ err: error, projectId: project.id }, 'the model of a room could not be opened')
      this.state = { kind: 'failed', reason: 'The model could not be opened' }
    }
  }

  /**
   * Opens the model from the newest checkpoint that can be used; answers what it started from and the step of that
   * checkpoint, -1 without one. Checkpoints that cannot be used cost the training, never a drawing: the model then
   * learns anew from the label log.
   */
  private async openNewest(): Promise<{ start: ModelStart; savedStep: number }> {
    for (;;) {
      const { start, record } = await this.read()
      try {
        await this.options.learning.open(start)
        return { start, savedStep: record?.step ?? -1 }
      } catch (error) {
        const damaged = error instanceof LearningError && error.code === 'checkpoint-damaged'
        if (!damaged || !record) throw error
        this.checkpoints.shelf.markDamaged(record.id, error)
      }
    }
  }

  /** What the model starts from, as the store has it now, and its checkpoint. */
  private async read(): Promise<{ start: ModelStart; record: CheckpointRecord | null }> {
    const { store } = this.options
    const { id: projectId, template } = this.options.project
    const project = (await store.getProject(projectId)) ?? this.options.project
    const newest = await this.checkpoints.shelf.newest()
    const classIds = this.options.classIds()
    const digits = template === 'digits'
    const start: ModelStart = {
      projectId,
      starter: digits ? 'digits' : 'encoder',
      recipe: digits ? 'mnist' : 'quickdraw',
      classIds,
      starterClasses: digits ? this.options.starterClasses() : [],
      settings: project.training,
      paused: project.trainingPaused,
      seed: seedOf(projectId),
      checkpoint: newest?.blob ?? null,
      drawings: await labelLog(store, projectId, new Set(classIds)),
      reload: async () => (await this.read()).start,
    }
    return { start, record: newest?.record ?? null }
  }

  /** @throws AppError `unavailable` */
  private async ready(): Promise<void> {
    if (this.state.kind === 'opening') await this.opened
    if (this.state.kind !== 'open') throw new AppError('unavailable', 'The model could not be opened')
  }

  private async training(
    ask: (learning: Learning, projectId: string) => Promise<TrainingStatus>,
  ): Promise<TrainingStatus> {
    const { learning, project, metrics } = this.options
    await this.ready()
    try {
      return await ask(learning, project.id)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (error.code === 'full') metrics?.refused('jobs')
      throw toAppError(error)
    }
  }

  private toLearning(drawing: StoredDrawing): ReturnType<typeof toLearning> {
    return toLearning(drawing, new Set(this.options.classIds()))
  }
}

/** A seed that is the same for a project on every start. */
function seedOf(projectId: string): number {
  return createHash('sha256').update(projectId).digest().readUInt32LE(0)
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}
