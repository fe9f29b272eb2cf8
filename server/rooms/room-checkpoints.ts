import { createHash } from 'node:crypto'
import { newId } from '../../shared/ids/id.ts'
import type { CheckpointInfo, CheckpointReason, CheckpointReport } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Accuracy, JobStatus, TrainingStatus } from '../../shared/training/status.ts'
import { LearningError } from '../learning/errors.ts'
import type { CheckpointState, Learning } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import { sha256 } from '../ops/digest.ts'
import { createKeyedQueue } from '../ops/keyed-queue.ts'
import { CHECKPOINT_VERSION, type CheckpointRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { CheckpointShelf, type CheckpointChange } from './checkpoint-shelf.ts'
import { bestCheckpoint, isNewBest } from './checkpoint-policy.ts'
import { isUnderway, jobMark } from './job-mark.ts'
import type { RoomLog, RoomMetrics, RoomPayload } from './ports.ts'

/** Between two checkpoints while steps go on: what a crash costs of the training. */
export const SCHEDULE_MS = 8_000
/** Comparisons and roll backs of a room that run or wait. */
const MOST_WORK = 4
const LINE = 'checkpoints'

export interface RoomCheckpointsOptions {
  readonly projectId: string
  readonly store: Store
  readonly learning: Pick<Learning, 'checkpoint' | 'restore' | 'assess'>
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** Resolves once the model is open. @throws AppError `unavailable` */
  readonly ready: () => Promise<void>
  /** How many steps the training has made, as far as it was told. */
  readonly step: () => number
  /** The newest full training, as far as it was told; its state is part of a checkpoint. */
  readonly job: () => JobStatus | null
  readonly changed: (change: RoomPayload<'checkpoint:changed'>) => void
}

/** Writes a room's checkpoints, one at a time, and takes them up again. */
export class RoomCheckpoints {
  readonly shelf: CheckpointShelf
  private readonly line = createKeyedQueue()
  private savedStep = -1
  /** Of the newest checkpoint. */
  private savedJob = ''
  private savedSum = ''
  /** Of the state that was taken last. */
  private takenJob = ''
  private toldJob: JobStatus | null = null
  private next: Promise<CheckpointInfo> | null = null
  private work = 0
  private promotedAt = -Infinity
  private timer: NodeJS.Timeout | null = null

  constructor(private readonly options: RoomCheckpointsOptions) {
    this.shelf = new CheckpointShelf(options)
  }

  /** Begins the schedule; `savedStep` is that of the checkpoint the model went on from, -1 without one. */
  start(savedStep: number): void {
    this.savedStep = savedStep
    this.savedJob = jobMark(this.options.job())
    // Rooms take turns, so that their writes do not come all at once.
    const first = createHash('sha256').update(this.options.projectId).digest().readUInt32LE(4) % SCHEDULE_MS
    this.timer = setTimeout(() => {
      this.timer = setInterval(() => void this.saveIfChanged('schedule'), SCHEDULE_MS)
      void this.saveIfChanged('schedule')
    }, first)
  }

  /** Ends the schedule and waits for what is being written. */
  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    await this.line.run(LINE, () => Promise.resolve())
  }

  /** Writes the exact state as it is now; calls that come while one waits to be written share it. */
  save(reason: CheckpointReason): Promise<CheckpointInfo> {
    this.next ??= this.line.run(LINE, async () => {
      this.next = null
      return this.shelf.info(await this.put(await this.take(), reason))
    })
    return this.next
  }

  /** Writes the state if it went on since the newest checkpoint; answers why it could not. */
  async saveIfChanged(reason: CheckpointReason): Promise<unknown> {
    // The status is told now and then: before a stop the trainer itself is asked how far it has come.
    if (reason === 'schedule' && (this.line.has(LINE) || !this.movedOn)) return null
    return this.putIfDiffers(reason)
  }

  private async putIfDiffers(reason: CheckpointReason): Promise<unknown> {
    try {
      await this.line.run(LINE, async () => {
        const state = await this.take()
        if (await this.differs(state)) await this.put(state, reason)
      })
      return null
    } catch (error) {
      this.options.log.error({ err: error, projectId: this.options.projectId }, 'no checkpoint was written')
      return error
    }
  }

  /** Whether steps were made since the newest checkpoint, as far as the training told of them. */
  get behind(): boolean {
    return this.movedOn && (this.options.step() > 0 || this.options.job() !== null)
  }

  /** The training told how it is: the end of a full training is written at once, since what it made is nowhere else. */
  told({ job, accuracy }: TrainingStatus): void {
    const ended = isUnderway(this.toldJob) && job?.state === 'ended'
    this.toldJob = job
    if (ended && this.timer !== null)
      // Behind what is being written, which may be of the moment before.
      void this.putIfDiffers(job.outcome === 'promoted' ? 'promotion' : 'schedule')
    else this.measured(accuracy)
  }

  /** A figure was measured: a new best on drawings kept aside is written at once. */
  private measured(accuracy: Accuracy | null): void {
    if (accuracy?.kind !== 'test' || this.timer === null) return
    if (!isNewBest(accuracy, bestCheckpoint(this.shelf.records)?.accuracy ?? null)) return
    const now = this.options.clock.now()
    if (now - this.promotedAt < SCHEDULE_MS) return
    this.promotedAt = now
    void this.saveIfChanged('promotion')
  }

  /** The checkpoint whose state the model is in; null once it has learned on, or before the first. */
  get currentId(): string | null {
    const [newest] = this.shelf.records
    const same = newest?.step === this.savedStep && this.options.step() === this.savedStep
    return same ? newest.id : null
  }

  /** @throws AppError `not-found`, `conflict` for one that cannot be used, `too-many` */
  compare(aId: string, bId: string): Promise<{ a: CheckpointReport; b: CheckpointReport }> {
    return this.bounded(async () => {
      await this.options.ready()
      const blobs = [await this.shelf.read(aId), await this.shelf.read(bId)]
      const [a, b] = await this.options.learning.assess(this.options.projectId, blobs)
      if (!a || !b) throw new AppError('internal', 'The trainer compared nothing')
      return { a: { checkpointId: aId, ...a }, b: { checkpointId: bId, ...b } }
    })
  }

  /**
   * Takes up the state of a checkpoint, whether it is older or newer than the model. Where the model is now is written
   * before, and the roll back itself before this is answered; what fails leaves the model as it was.
   * @throws AppError `not-found`, `conflict` for one that cannot be used, `too-many`
   */
  restore(id: string): Promise<{ checkpoint: CheckpointInfo; training: TrainingStatus }> {
    return this.bounded(() => this.line.run(LINE, () => this.takeUp(id)))
  }

  /** @throws AppError `not-found`, `full` when too many are pinned or named */
  edit(id: string, change: CheckpointChange): Promise<CheckpointInfo> {
    return this.line.run(LINE, () => this.shelf.edit(id, change))
  }

  /** @throws AppError `not-found`, `conflict` for a pinned one and for the newest, which a start goes on from */
  remove(id: string): Promise<void> {
    return this.line.run(LINE, () => this.shelf.remove(id))
  }

  private async takeUp(id: string): Promise<{ checkpoint: CheckpointInfo; training: TrainingStatus }> {
    const { projectId, learning } = this.options
    const blob = await this.shelf.read(id)
    const before = await this.take()
    if (await this.differs(before)) await this.put(before, 'schedule')
    const { status } = await this.learningFrom(id, blob)
    try {
      const record = await this.put(await learning.checkpoint(projectId), 'rollback', id)
      return { checkpoint: this.shelf.info(record), training: status }
    } catch (error) {
      await this.goBackTo(before)
      throw error
    }
  }

  private async learningFrom(id: string, blob: Uint8Array): Promise<{ status: TrainingStatus }> {
    try {
      return await this.options.learning.restore(this.options.projectId, blob)
    } catch (error) {
      if (!(error instanceof LearningError) || error.code !== 'checkpoint-damaged') throw error
      this.shelf.markDamaged(id, error)
      throw new AppError('conflict', `This checkpoint cannot be used: ${error.message}`, { cause: error })
    }
  }

  /** After a roll back that could not be written. */
  private async goBackTo({ blob }: CheckpointState): Promise<void> {
    const { projectId, learning, log } = this.options
    try {
      await learning.restore(projectId, blob)
    } catch (error) {
      log.error({ err: error, projectId }, 'a roll back that was not written could not be undone')
    }
    // What waited to be learned from is in the state now: it differs from what was written.
    this.savedStep = -1
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.work >= MOST_WORK) {
      this.options.metrics?.refused('checkpoint-work')
      throw new AppError(
        'too-many',
        'Other checkpoints are being compared or taken up; try again in a moment',
      )
    }
    this.work++
    try {
      return await work()
    } finally {
      this.work--
    }
  }

  private get movedOn(): boolean {
    return this.options.step() !== this.savedStep || jobMark(this.options.job()) !== this.savedJob
  }

  /** A full training changes the state without a step of the loop, and only its bytes tell how far it has come by now. */
  private async differs({ step, blob }: CheckpointState): Promise<boolean> {
    if (step !== this.savedStep || this.takenJob !== this.savedJob) return true
    return isUnderway(this.options.job()) && (await sha256(blob)) !== this.savedSum
  }

  private async take(): Promise<CheckpointState> {
    this.takenJob = jobMark(this.options.job())
    await this.options.ready()
    return this.options.learning.checkpoint(this.options.projectId)
  }

  private async put(
    { blob, ...state }: CheckpointState,
    reason: CheckpointReason,
    fromId: string | null = null,
  ): Promise<CheckpointRecord> {
    const { projectId, store, clock, metrics, changed } = this.options
    const record: CheckpointRecord = {
      id: newId(),
      projectId,
      at: clock.now(),
      ...state,
      reason,
      version: CHECKPOINT_VERSION,
      checksum: await sha256(blob),
      bytes: blob.byteLength,
      pinned: false,
      name: null,
      fromId,
    }
    await store.putCheckpoint(record, blob)
    this.savedStep = state.step
    this.savedJob = this.takenJob
    this.savedSum = record.checksum
    metrics?.count('checkpoints')
    const removed = await this.shelf.added(record)
    changed({ added: this.shelf.info(record), changed: null, removed })
    return record
  }
}
