import { createHash } from 'node:crypto'
import { newId } from '../../shared/ids/id.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { TrainingSettings } from '../../shared/training/settings.ts'
import type { ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { labelLog, toLearning } from '../dataset/drawings.ts'
import { LearningError } from '../learning/errors.ts'
import type { CheckpointState, Learning, ModelStart } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import {
  CHECKPOINT_VERSION,
  type CheckpointRecord,
  type ProjectRecord,
  type Store,
  type StoredDrawing,
} from '../storage/store.ts'
import { surplusCheckpoints } from './checkpoint-policy.ts'
import type { RoomLog } from './ports.ts'

const SCHEDULE_MS = 30_000
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
  /** Ids of the classes that are not removed. */
  readonly classIds: () => readonly string[]
  /** Ids of the classes that a digits project began with, in order; null for one that was removed. */
  readonly starterClasses: () => readonly (string | null)[]
}

/** A room's model: opened from its newest checkpoint and the label log, saved on a schedule. */
export class RoomModel {
  private state: ModelState = { kind: 'opening', early: [] }
  private savedStep = -1
  private saving: Promise<{ id: string; step: number }> | null = null
  private schedule: NodeJS.Timeout | null = null
  /** Resolves when the model is open or has failed to. */
  readonly opened: Promise<void>

  constructor(private readonly options: RoomModelOptions) {
    this.opened = this.open()
  }

  get status(): TrainingStatus {
    const { learning, project } = this.options
    const phase =
      this.state.kind === 'failed'
        ? { state: 'failed' as const, reason: this.state.reason }
        : { state: 'waiting' as const, ahead: 0 }
    return (
      learning.status(project.id) ?? {
        phase,
        step: 0,
        loss: null,
        accuracy: null,
        samplesPerSecond: null,
        pending: 0,
        lastLearnedMs: null,
        settings: project.training,
        backend: learning.backend,
        mixedUp: null,
      }
    )
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

  /** Stores the exact state; calls that come while one is written share it. */
  checkpoint(reason: CheckpointRecord['reason']): Promise<{ id: string; step: number }> {
    this.saving ??= this.take()
      .then((state) => this.put(state, reason))
      .finally(() => (this.saving = null))
    return this.saving
  }

  /** Stores the state if it went on since the newest checkpoint; answers why it could not. */
  async checkpointIfChanged(reason: CheckpointRecord['reason']): Promise<unknown> {
    if (this.state.kind !== 'open') return null
    try {
      await this.saving
      // The status is told now and then: before a stop the trainer itself is asked how far it has come.
      if (reason === 'schedule' && this.status.step === this.savedStep) return null
      const state = await this.take()
      if (state.step !== this.savedStep) await this.put(state, reason)
      return null
    } catch (error) {
      this.options.log.error({ err: error, projectId: this.options.project.id }, 'no checkpoint was written')
      return error
    }
  }

  /** Drops the model from the threads. */
  async close(): Promise<void> {
    if (this.schedule) clearInterval(this.schedule)
    await this.opened
    if (this.state.kind === 'open') await this.options.learning.close(this.options.project.id)
  }

  private async open(): Promise<void> {
    const { project, log } = this.options
    try {
      const { start, savedStep } = await this.read()
      const { classIds, drawings } = start
      const resumed = await this.openFrom(start)
      if (resumed) this.savedStep = savedStep
      const early = this.state.kind === 'opening' ? this.state.early : []
      this.state = { kind: 'open' }
      const known = drawings.at(-1)?.seq ?? 0
      for (const drawing of early) if (drawing.seq > known) this.learn(drawing)
      if (!sameIds(classIds, this.options.classIds())) await this.classesChanged()
      this.schedule = setInterval(() => void this.checkpointIfChanged('schedule'), SCHEDULE_MS)
    } catch (error) {
      log.error({ err: error, projectId: project.id }, 'the model of a room could not be opened')
      this.state = { kind: 'failed', reason: 'The model could not be opened' }
    }
  }

  /**
   * Opens the model; answers whether it goes on from its checkpoint. One that cannot be used costs the training,
   * never a drawing: the model then learns anew from the label log.
   */
  private async openFrom(start: ModelStart): Promise<boolean> {
    const { learning, log } = this.options
    try {
      await learning.open(start)
      return start.checkpoint !== null
    } catch (error) {
      if (!(error instanceof LearningError) || error.code !== 'checkpoint-damaged') throw error
      log.error(
        { err: error, projectId: start.projectId },
        'a checkpoint cannot be used: learning anew from the drawings',
      )
      await learning.open({ ...start, checkpoint: null })
      return false
    }
  }

  /** What the model starts from, as the store has it now, and the step of its checkpoint (-1 without one). */
  private async read(): Promise<{ start: ModelStart; savedStep: number }> {
    const { store, log } = this.options
    const { id: projectId, template } = this.options.project
    const project = (await store.getProject(projectId)) ?? this.options.project
    const newest = await store.latestCheckpoint(projectId)
    if (newest && newest.damaged.length > 0) {
      log.warn({ projectId, damaged: newest.damaged }, 'damaged checkpoints were passed over')
    }
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
    return { start, savedStep: newest?.record.step ?? -1 }
  }

  /** @throws AppError `unavailable` */
  private async ready(): Promise<void> {
    if (this.state.kind === 'opening') await this.opened
    if (this.state.kind !== 'open') throw new AppError('unavailable', 'The model could not be opened')
  }

  private async take(): Promise<CheckpointState> {
    await this.ready()
    return this.options.learning.checkpoint(this.options.project.id)
  }

  private async put(
    { blob, ...state }: CheckpointState,
    reason: CheckpointRecord['reason'],
  ): Promise<{ id: string; step: number }> {
    const { project, store, clock } = this.options
    const record: CheckpointRecord = {
      id: newId(),
      projectId: project.id,
      at: clock.now(),
      ...state,
      reason,
      version: CHECKPOINT_VERSION,
      checksum: createHash('sha256').update(blob).digest('hex'),
      bytes: blob.byteLength,
      pinned: false,
      name: null,
      fromId: null,
    }
    await store.putCheckpoint(record, blob)
    this.savedStep = state.step
    const surplus = surplusCheckpoints(await store.listCheckpoints(project.id), clock.now())
    if (surplus.length > 0) await store.deleteCheckpoints(project.id, surplus)
    return { id: record.id, step: state.step }
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
