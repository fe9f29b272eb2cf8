import type { TrainingSettings } from '../../shared/training/settings.ts'
import type { ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import type { Clock } from '../ops/clock.ts'
import { spawnWorker } from '../ops/spawn-worker.ts'
import { SupervisedWorker } from '../ops/supervised-worker.ts'
import type { WorkerChannel } from '../ops/worker-channel.ts'
import { accuracyPoint } from './accuracy-point.ts'
import { toLearningError } from './errors.ts'
import {
  dropMissed,
  keepMissed,
  OpenProjects,
  packLog,
  packStart,
  readAnew,
  takeMissed,
  type OpenProject,
} from './open-projects.ts'
import { LivePredictions } from './live-predictions.ts'
import { buffersOf } from './packed-drawings.ts'
import type { BackendChoice, LogLine, Publication, TrainerAsks, TrainerCalls } from './rpc.ts'
import type {
  Assessment,
  CheckpointState,
  Guess,
  JobWish,
  Learning,
  LearningDrawing,
  LearningEvents,
  LearningLog,
  ModelStart,
  PredictionRequest,
} from './service.ts'

export interface LearningOptions extends BackendChoice {
  /** See `TrainerChoice`; left out for none. */
  readonly mnistFolder?: string | null
  readonly log: LearningLog
  readonly clock: Clock
}

/** The network behind two worker threads, which are started again when they die. */
export class LiveLearning implements Learning {
  private readonly projects = new OpenProjects()
  private readonly listeners = new Set<LearningEvents>()
  private readonly predictions: LivePredictions
  private readonly trainer: SupervisedWorker<TrainerCalls, TrainerAsks>
  private readonly started: Promise<void>
  private stopping = false
  private halted = false

  constructor(private readonly options: LearningOptions) {
    const told = (level: 'warn' | 'error', message: string, error: unknown): void => {
      if (!this.stopping) options.log[level]({ err: error }, message)
    }
    const logLine = (line: LogLine): null => this.logLine(line)
    this.predictions = new LivePredictions({
      backend: options.backend,
      log: options.log,
      logLine,
      told,
      fetch: async (key) => (this.projects.get(key) ? this.trainer.call('served', { projectId: key }) : null),
    })
    this.trainer = new SupervisedWorker<TrainerCalls, TrainerAsks>({
      name: 'trainer',
      spawn: () => spawnWorker('trainer', new URL('./trainer/worker.ts', import.meta.url)),
      handlers: {
        publish: (publication) => this.take(publication),
        status: ({ projectId, status }) => {
          this.tellStatus(projectId, status)
          return null
        },
        log: logLine,
      },
      begin: (channel) => this.beginTrainer(channel),
      told,
    })
    this.started = Promise.all([this.predictions.start(), this.trainer.start()]).then(() => undefined)
    // Whoever awaits `ready` hears of it; without anyone it must not end the process.
    this.started.catch(() => undefined)
  }

  get backend(): string {
    return this.predictions.backend
  }

  get mnist(): boolean {
    return (this.options.mnistFolder ?? null) !== null
  }

  async ready(): Promise<void> {
    try {
      await this.started
    } catch (error) {
      throw toLearningError(error)
    }
  }

  healthy(): boolean {
    return this.predictions.healthy && this.trainer.healthy
  }

  subscribe(events: LearningEvents): () => void {
    this.listeners.add(events)
    return () => this.listeners.delete(events)
  }

  async open(start: ModelStart): Promise<{ model: ModelInfo; status: TrainingStatus }> {
    const { projectId } = start
    const failed = this.projects.get(projectId)?.status.phase.state === 'failed'
    if (failed) await this.close(projectId)
    const project = await this.projects.openOnce(projectId, async () => {
      const { payload, moved } = packStart(start)
      const { served, status } = await this.ask(this.trainer.call('open', payload, moved))
      await this.predictions.load(projectId, served)
      return { reload: start.reload, model: served.model, status, missed: null, gone: new Set() }
    })
    return { model: project.model, status: project.status }
  }

  async close(projectId: string): Promise<void> {
    this.projects.forget(projectId)
    // Threads that died have dropped it already.
    await Promise.allSettled([this.trainer.call('close', { projectId }), this.predictions.drop(projectId)])
  }

  status(projectId: string): TrainingStatus | null {
    return this.projects.get(projectId)?.status ?? null
  }

  model(projectId: string): ModelInfo | null {
    return this.projects.get(projectId)?.model ?? null
  }

  starter(): { model: ModelInfo; classNames: readonly string[] } {
    return this.predictions.starter()
  }

  predict<T>(
    projectId: string,
    request: PredictionRequest<T>,
    made: (guess: Guess<T>, model: ModelInfo) => void,
  ): void {
    this.predictions.predict(projectId, request, made)
  }

  onBatch(batchMade: () => void): () => void {
    return this.predictions.onBatch(batchMade)
  }

  learn(projectId: string, drawing: LearningDrawing): void {
    const project = this.projects.get(projectId)
    if (!project || this.stopping || keepMissed(project, drawing)) return
    const log = packLog([drawing])
    this.trainer.call('learn', { projectId, log }, buffersOf(log.drawings)).catch((error: unknown) => {
      if (!keepMissed(project, drawing))
        this.options.log.error(
          { err: error, projectId, drawingId: drawing.id },
          'a drawing is not learned from yet',
        )
    })
  }

  async forget(projectId: string, drawingIds: readonly string[]): Promise<void> {
    dropMissed(this.projects.get(projectId), drawingIds)
    await this.ask(this.trainer.call('forget', { projectId, drawingIds }))
  }

  async setClasses(projectId: string, classIds: readonly string[]): Promise<ModelInfo> {
    this.projects.need(projectId)
    return this.ask(this.trainer.call('setClasses', { projectId, classIds }))
  }

  async configure(projectId: string, settings: TrainingSettings): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('configure', { projectId, settings }))
  }

  async pause(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('pause', { projectId, paused: true }))
  }

  async resume(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('pause', { projectId, paused: false }))
  }

  async trainNow(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('now', { projectId }))
  }

  async startJob(projectId: string, wish: JobWish): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('startJob', { projectId, wish }))
  }

  async stopJob(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('stopJob', { projectId }))
  }

  async decideJob(projectId: string, promote: boolean): Promise<TrainingStatus> {
    return this.change(projectId, this.trainer.call('decideJob', { projectId, promote }))
  }

  async checkpoint(projectId: string): Promise<CheckpointState> {
    return this.ask(this.trainer.call('checkpoint', { projectId }))
  }

  async restore(projectId: string, blob: Uint8Array): Promise<{ model: ModelInfo; status: TrainingStatus }> {
    const project = this.projects.need(projectId)
    const copy = new Uint8Array(blob)
    const asked = this.trainer.call('restore', { projectId, blob: copy }, [copy.buffer])
    const status = await this.change(projectId, asked)
    return { model: project.model, status }
  }

  async assess(projectId: string, blobs: readonly Uint8Array[]): Promise<readonly Assessment[]> {
    const copies = blobs.map((blob) => new Uint8Array(blob))
    const moved = copies.map(({ buffer }) => buffer)
    return this.ask(this.trainer.call('assess', { projectId, blobs: copies }, moved))
  }

  async halt(): Promise<void> {
    this.halted = true
    if (this.trainer.healthy) await this.trainer.call('halt', null).catch(() => null)
  }

  async stop(): Promise<void> {
    if (this.stopping) return
    this.stopping = true
    if (this.trainer.healthy) await this.trainer.call('stop', null).catch(() => null)
    await Promise.all([this.trainer.stop(), this.predictions.stop()])
  }

  private async change(projectId: string, asked: Promise<TrainingStatus>): Promise<TrainingStatus> {
    const status = await this.ask(asked)
    this.tellStatus(projectId, status)
    return status
  }

  private async ask<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (error) {
      throw toLearningError(error)
    }
  }

  /** A publication of a project that is being opened is not waited for: the trainer may have to answer first. */
  private async take(publication: Publication): Promise<null> {
    const project = this.projects.get(publication.projectId)
    if (project) await this.publish(project, publication)
    else this.projects.whenOpen(publication.projectId, (opened) => void this.publish(opened, publication))
    return null
  }

  private async publish(project: OpenProject, { projectId, served, accuracy }: Publication): Promise<void> {
    await this.predictions.load(projectId, served)
    project.model = served.model
    const point = accuracy && accuracyPoint(accuracy, this.options.clock.now(), served.model.step)
    for (const listener of this.listeners) listener.published(projectId, served.model, point)
  }

  private tellStatus(projectId: string, status: TrainingStatus): void {
    this.projects.whenOpen(projectId, (project) => {
      project.status = status
      for (const listener of this.listeners) listener.status(projectId, status)
    })
  }

  /** Brings a fresh trainer to work; after a death, each open project's start is read anew. */
  private async beginTrainer(channel: WorkerChannel<TrainerCalls, TrainerAsks>): Promise<void> {
    await channel.call('start', {
      backend: this.options.backend,
      mnistFolder: this.options.mnistFolder ?? null,
    })
    if (this.halted) await channel.call('halt', null)
    for (const [projectId, project] of this.projects.entries()) {
      project.missed = []
      try {
        await this.reopen(channel, projectId, project)
      } catch (error) {
        const reason = 'The trainer stopped and the model could not be opened again'
        this.options.log.error({ err: error, projectId }, reason)
        takeMissed(project)
        this.tellStatus(projectId, { ...project.status, phase: { state: 'failed', reason } })
      }
    }
  }

  private async reopen(
    channel: WorkerChannel<TrainerCalls, TrainerAsks>,
    projectId: string,
    project: OpenProject,
  ): Promise<void> {
    const { payload, moved } = packStart(await readAnew(project))
    const { served, status } = await channel.call('open', payload, moved)
    await this.predictions.load(projectId, served)
    project.model = served.model
    this.tellStatus(projectId, status)
    for (const drawing of takeMissed(project)) this.learn(projectId, drawing)
    for (const listener of this.listeners) listener.published(projectId, served.model, null)
  }

  private logLine({ level, message, detail }: LogLine): null {
    this.options.log[level](detail === '' ? {} : { detail }, message)
    return null
  }
}
