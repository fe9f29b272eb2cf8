import { LearningError } from '../../server/learning/errors.ts'
import type {
  Assessment,
  CheckpointState,
  Guess,
  JobWish,
  Learning,
  LearningDrawing,
  LearningEvents,
  ModelStart,
  PredictionRequest,
} from '../../server/learning/service.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../shared/training/settings.ts'
import type { ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { decidedJob, servedJob, startedJob, stoppedJob } from './fake-jobs.ts'

interface Opened {
  readonly start: ModelStart
  readonly learned: LearningDrawing[]
  model: ModelInfo
  status: TrainingStatus
}

/** A network that needs no thread: it guesses every class alike and publishes a model for each drawing learned. */
export class FakeLearning implements Learning {
  readonly backend = 'fake'
  readonly mnist = false
  readonly learned: LearningDrawing[] = []
  readonly forgotten: string[] = []
  readonly starts: ModelStart[] = []
  private readonly projects = new Map<string, Opened>()
  private readonly listeners = new Set<LearningEvents>()
  private readonly batches = new Set<() => void>()

  ready(): Promise<void> {
    return Promise.resolve()
  }
  healthy(): boolean {
    return true
  }
  subscribe(events: LearningEvents): () => void {
    this.listeners.add(events)
    return () => this.listeners.delete(events)
  }
  open(start: ModelStart): Promise<{ model: ModelInfo; status: TrainingStatus }> {
    this.starts.push(start)
    const step = start.checkpoint ? new DataView(Uint8Array.from(start.checkpoint).buffer).getUint32(0) : 0
    const opened = {
      start,
      learned: [],
      model: modelOf(1, step, start.classIds),
      status: statusOf(step, start.settings, start.paused),
    }
    this.projects.set(start.projectId, opened)
    return Promise.resolve(opened)
  }
  close(projectId: string): Promise<void> {
    this.projects.delete(projectId)
    return Promise.resolve()
  }
  status(projectId: string): TrainingStatus | null {
    return this.projects.get(projectId)?.status ?? null
  }
  model(projectId: string): ModelInfo | null {
    return this.projects.get(projectId)?.model ?? null
  }
  starter(): { model: ModelInfo; classNames: readonly string[] } {
    const names = Array.from({ length: 10 }, (_, digit) => String(digit))
    return { model: modelOf(1, 0, names), classNames: names }
  }
  predict<T>(
    projectId: string,
    request: PredictionRequest<T>,
    made: (guess: Guess<T>, model: ModelInfo) => void,
  ): void {
    const model = projectId === 'starter' ? this.starter().model : this.model(projectId)
    const seen = request.view()
    if (!model || !seen) return
    const probabilities = model.classIds.map(() => 1 / model.classIds.length)
    made({ key: request.key, tag: seen.tag, probabilities }, model)
    for (const batch of this.batches) batch()
  }
  onBatch(batchMade: () => void): () => void {
    this.batches.add(batchMade)
    return () => this.batches.delete(batchMade)
  }
  learn(projectId: string, drawing: LearningDrawing): void {
    this.learned.push(drawing)
    const opened = this.opened(projectId)
    opened.learned.push(drawing)
    const step = opened.model.step + 1
    opened.status = { ...opened.status, step }
    this.publish(opened, {
      ...modelOf(opened.model.version + 1, step, opened.model.classIds),
      trainedTo: drawing.seq,
    })
  }
  forget(_projectId: string, drawingIds: readonly string[]): Promise<void> {
    this.forgotten.push(...drawingIds)
    return Promise.resolve()
  }
  setClasses(projectId: string, classIds: readonly string[]): Promise<ModelInfo> {
    const opened = this.opened(projectId)
    this.publish(opened, { ...opened.model, classIds, version: opened.model.version + 1 })
    return Promise.resolve(opened.model)
  }
  configure(projectId: string, settings: TrainingSettings): Promise<TrainingStatus> {
    return this.change(projectId, { settings })
  }
  pause(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, { phase: { state: 'paused' } })
  }
  resume(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, { phase: { state: 'idle' } })
  }
  trainNow(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, { phase: { state: 'idle' } })
  }
  async startJob(projectId: string, wish: JobWish): Promise<TrainingStatus> {
    const { job, settings } = this.opened(projectId).status
    return this.change(projectId, { job: startedJob(job, wish, settings, this.classesOf(projectId)) })
  }
  async stopJob(projectId: string): Promise<TrainingStatus> {
    return this.change(projectId, { job: stoppedJob(this.opened(projectId).status.job) })
  }
  async decideJob(projectId: string, promote: boolean): Promise<TrainingStatus> {
    const opened = this.opened(projectId)
    const status = await this.change(projectId, { job: decidedJob(opened.status.job, promote) })
    if (promote) this.publish(opened, { ...opened.model, version: opened.model.version + 1 })
    return status
  }
  /** The full training that runs ends, and its model serves by the rule. */
  async serveJob(projectId: string): Promise<void> {
    await this.change(projectId, { job: servedJob(this.opened(projectId).status.job) })
  }
  checkpoint(projectId: string): Promise<CheckpointState> {
    const { step, trainedTo, classIds, family } = this.opened(projectId).model
    const blob = new Uint8Array(4)
    new DataView(blob.buffer).setUint32(0, step)
    const unmeasured = { accuracy: null, accuracyKind: null, loss: null }
    return Promise.resolve({ step, blob, ...unmeasured, trainedTo, classIds, family })
  }
  restore(projectId: string, blob: Uint8Array): Promise<{ model: ModelInfo; status: TrainingStatus }> {
    const opened = this.opened(projectId)
    if (blob.byteLength !== 4) throw new LearningError('checkpoint-damaged', 'the checkpoint is cut short')
    const step = new DataView(Uint8Array.from(blob).buffer).getUint32(0)
    opened.status = { ...opened.status, step }
    this.publish(opened, { ...opened.model, step, version: opened.model.version + 1 })
    return Promise.resolve(opened)
  }
  assess(_projectId: string, blobs: readonly Uint8Array[]): Promise<readonly Assessment[]> {
    return Promise.resolve(blobs.map(() => ({ drawings: 0, accuracy: null, surprise: null, perClass: [] })))
  }
  halt(): Promise<void> {
    return Promise.resolve()
  }
  stop(): Promise<void> {
    return Promise.resolve()
  }

  private classesOf(projectId: string): string[] {
    const { start, learned } = this.opened(projectId)
    const newest = new Map([...start.drawings, ...learned].map(({ id, classId }) => [id, classId]))
    return [...newest.values()].flatMap((classId) => classId ?? [])
  }
  private opened(projectId: string): Opened {
    const opened = this.projects.get(projectId)
    if (!opened) throw new Error(`${projectId} is not open`)
    return opened
  }
  private change(projectId: string, change: Partial<TrainingStatus>): Promise<TrainingStatus> {
    const opened = this.opened(projectId)
    opened.status = { ...opened.status, ...change }
    for (const { status } of this.listeners) status(projectId, opened.status)
    return Promise.resolve(opened.status)
  }
  private publish(opened: Opened, model: ModelInfo): void {
    opened.model = model
    for (const { published } of this.listeners) published(opened.start.projectId, model, null)
  }
}

function modelOf(version: number, step: number, classIds: readonly string[]): ModelInfo {
  return { version, step, classIds, serving: 'ema', family: 'cnn', parameters: 1, trainedTo: 0 }
}

export function statusOf(
  step: number,
  settings: TrainingSettings = defaultTrainingSettings,
  paused = false,
): TrainingStatus {
  return {
    phase: { state: paused ? 'paused' : 'idle' },
    step,
    loss: null,
    accuracy: null,
    samplesPerSecond: null,
    pending: 0,
    lastLearnedMs: null,
    settings,
    backend: 'fake',
    stepsPerSecond: null,
    queue: 0,
    memory: { tensors: 0, bytes: null },
    job: null,
    notice: null,
    mixedUp: null,
  }
}
