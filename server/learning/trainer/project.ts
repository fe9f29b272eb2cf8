import type { TrainingSettingsInput } from '../../../shared/training/settings.ts'
import type { Accuracy, ModelInfo, TrainingStatus } from '../../../shared/training/status.ts'
import { LearningError } from '../errors.ts'
import { hashText } from '../model/random.ts'
import { Replay, type LabelledDrawing, type LoggedDrawing } from '../replay.ts'
import type { CheckpointMade, ServedModel } from '../rpc.ts'
import type { Assessment } from '../service.ts'
import { newestOfStep, takeArrivals, withoutDrawings } from './arrivals.ts'
import { assess } from './assess.ts'
import { MOST_NEWEST } from './batch.ts'
import { consolidationIsDue, noteConsolidation } from './consolidation.ts'
import { Gathering } from './gathering.ts'
import { updateHead } from './head.ts'
import { JobControl, type JobHost } from './job-control.ts'
import { ALONE, type JobTurn } from './job-progress.ts'
import { measure } from './measure.ts'
import { keepPerClass, restoredState, stateOf } from './open-state.ts'
import { Pace } from './pace.ts'
import { Pending } from './pending.ts'
import { noteEvaluation, PRACTICE_BLOCK, practiceIsOver } from './practice.ts'
import { noteClasses, noteFamily } from './notices.ts'
import type { ProjectContext } from './project-context.ts'
import { newestAccuracy, statusOf, type Newest } from './project-status.ts'
import { checkpointOf, refuseUnusable, serve } from './publication.ts'
import { dropRemovedClasses } from './removed-classes.ts'
import { MOST_ROLL_BACKS, noteGoodEvaluation, refuseHopeless, rollBack } from './roll-back.ts'
import { freshPractice, NO_MORE, type Group, type TrainingState } from './state.ts'
import { learnStep } from './step.ts'
import { checkedSettings } from './usable-settings.ts'

/** Groups between two evaluations while arrivals never pause. */
const GROUPS_PER_EVALUATION = 5
/** Ms without an arrival before a consolidation. */
const QUIET_MS = 20_000

/** The continual loop of one project, a step at a time. Calls do not overlap. */
export class ProjectTrainer implements JobHost {
  readonly jobs: JobControl
  private readonly replay: Replay
  private readonly pending: Pending
  private readonly gathering: Gathering
  private readonly pace = new Pace()
  private failure: string | null = null
  private newest: Newest | null = null
  private arrivedAt = 0
  private quietSince: number
  private lastLearnedMs: number | null = null

  /** `log` is the whole label log, ascending; what `state` has not taken yet is pending. */
  constructor(
    private state: TrainingState,
    log: readonly LoggedDrawing[],
    private readonly context: ProjectContext,
  ) {
    this.replay = new Replay((id) => hashText(id, state.seed), state.keepPerClass)
    const { now, wallClock } = context
    this.pending = new Pending(
      log,
      state.position,
      ({ at = wallClock() }) => now() - Math.max(0, wallClock() - at),
    )
    this.gathering = new Gathering(this.pending, () => this.state, now)
    this.quietSince = now()
    this.jobs = new JobControl(this, context, () => {
      context.changed(this.id)
    })
    for (const drawing of this.pending.taken(log)) this.replay.apply(drawing)
    if (!state.consolidated) noteConsolidation(state, this.replay)
    // Since the checkpoint the settings may have come to ask for another family.
    this.jobs.settingsChanged()
  }

  get id(): string {
    return this.state.projectId
  }

  /** What full trainings work on, as it is now. */
  get parts(): JobHost['parts'] {
    return { state: this.state, replay: this.replay, pending: this.pending }
  }

  /** Whether anything may be trained: neither paused nor failed. */
  get mayTrain(): boolean {
    return !this.state.paused && this.failure === null
  }

  /** Brings the head in line with the project's classes, which may have changed since the checkpoint. */
  async prepare(): Promise<void> {
    if (await updateHead(this.state, this.replay, this.context.networks)) serve(this.state)
    noteClasses(this.state)
    noteFamily(this.state)
  }

  receive(drawings: readonly LoggedDrawing[]): void {
    this.quietSince = this.context.now()
    for (const drawing of drawings) this.pending.add(drawing, this.quietSince)
    this.context.changed(this.id)
  }

  /** Drawings are gone from the log: from the next step on it is as if they had never been in it. */
  async forget(drawingIds: readonly string[]): Promise<void> {
    const { state } = this
    this.pending.forget(drawingIds)
    const known = drawingIds.flatMap((id) => this.replay.forget(id) ?? [])
    if (this.newest && drawingIds.includes(this.newest.drawingId)) this.newest = null
    if (state.group) state.group = withoutDrawings(state.group, drawingIds)
    // What was measured on them does not hold any more.
    if (known.some(({ split }) => split !== 'train')) await this.guarded(() => this.evaluate())
    this.context.changed(this.id)
  }

  /** What there is to do: learning from arrivals goes before practice, of which there is none while arrivals gather. */
  work(): 'group' | 'arrival' | 'practice' | null {
    const { state } = this
    if (!this.mayTrain) return null
    if (state.group) return 'group'
    if (this.pending.size > 0) return this.gathering.left(state.settings.when) ? null : 'arrival'
    return practiceIsOver(state, this.replay.training) ? null : 'practice'
  }

  /** One step of what there is to do; a step whose loss is no number goes back to the weights that serve. */
  async advance(): Promise<void> {
    const { group } = this.state
    await this.guarded(async () => {
      if (group) await this.continueGroup(group)
      else if (this.work() === 'arrival') await this.beginGroup()
      else if (this.work() === 'practice') await this.practise()
    })
    this.context.changed(this.id)
  }

  /** Learns from all that waits now, whatever the settings let it wait for. */
  now(): void {
    this.gathering.release()
    this.context.changed(this.id)
  }

  /** Ms until time alone brings arrivals to be learned from; null where it does not. */
  dueIn(): number | null {
    return this.mayTrain ? this.gathering.dueIn(this.state.settings.when) : null
  }

  /** Ms until a consolidation is due, if nothing arrives until then; null where none is. */
  consolidationIn(): number | null {
    if (this.failure !== null || !consolidationIsDue(this.state, this.replay)) return null
    return Math.max(0, this.quietSince + QUIET_MS - this.context.now())
  }

  fail(reason: string): void {
    this.failure = reason
    this.context.changed(this.id)
  }

  /**
   * Classes came or went. One that goes takes its column along; drawings that became another's are entries of the log,
   * learned from as such.
   */
  async setClasses(classIds: readonly string[]): Promise<ModelInfo> {
    const { state } = this
    dropRemovedClasses(classIds, state, this.replay, this.pending)
    if (this.newest && !classIds.includes(this.newest.classId)) this.newest = null
    state.classIds = classIds
    state.keepPerClass = Math.min(state.keepPerClass, keepPerClass(classIds.length))
    this.replay.keepAtMost(state.keepPerClass)
    await this.guarded(async () => {
      if (await updateHead(state, this.replay, this.context.networks)) await this.publish(null)
    })
    noteClasses(this.state)
    return state.served.model
  }

  /**
   * From the next step on it goes by these settings, also where it had failed because the loss was no number.
   * @throws LearningError `bad-settings`; the settings are then as they were
   */
  configure(settings: TrainingSettingsInput): void {
    const { state } = this
    state.settings = checkedSettings(settings)
    if (state.rollBacks >= MOST_ROLL_BACKS) this.failure = null
    state.rateFactor = 1
    state.rollBacks = 0
    if (state.notice?.kind === 'rolled-back') state.notice = null
    noteFamily(this.state)
    this.jobs.settingsChanged()
    this.context.changed(this.id)
  }

  setPaused(paused: boolean): void {
    this.state.paused = paused
  }

  served(): ServedModel {
    return { ...this.state.served, weights: this.state.served.weights.slice() }
  }

  checkpoint(): CheckpointMade {
    return checkpointOf(this.state)
  }

  /**
   * Takes up the state of a checkpoint. What waited to be learned from goes to the replay, so that the weights stay as
   * they were until the next label; drawings that are gone stay gone. One that cannot be used changes nothing.
   * @throws LearningError `checkpoint-damaged`
   */
  async restore(blob: Uint8Array): Promise<void> {
    restoredState(this.state, blob)
    for (const drawing of this.pending.takeAll()) {
      this.replay.apply(drawing)
      this.state.position = Math.max(this.state.position, drawing.seq)
    }
    this.state.group = null
    const restored = restoredState(this.state, blob)
    const changed = await updateHead(restored, this.replay, this.context.networks)
    this.state = restored
    this.failure = null
    this.newest = null
    noteClasses(this.state)
    noteFamily(this.state)
    if (changed) serve(restored)
    await this.context.publish({ projectId: this.id, served: this.served(), accuracy: null })
    this.context.changed(this.id)
  }

  /**
   * Training goes on from the result of a full training: it is measured, its temperature fitted, and serves at once.
   * @throws LearningError `diverged` where its weights are of no use; nothing has changed then
   */
  async promote(result: TrainingState): Promise<void> {
    refuseUnusable(result)
    this.state = result
    noteClasses(this.state)
    noteFamily(this.state)
    await this.evaluate()
    await this.publish(newestAccuracy(this.state))
    this.context.changed(this.id)
  }

  /** How the models that checkpoints served do on the drawings kept aside, in the order of `blobs`. */
  assess(blobs: readonly Uint8Array[]): Promise<Assessment[]> {
    const { state, replay } = this
    const served = blobs.map((blob) => stateOf(state, blob).served)
    return assess(served, state, replay, this.context.networks)
  }

  /** `ahead`: how many other projects learn before this one does; `queue`: how many have something to learn from. */
  status(ahead: number, queue = ahead, turn: JobTurn = ALONE): TrainingStatus {
    const { failure, newest, gathering, pace, lastLearnedMs, context, pending, replay } = this
    return statusOf(this.state, {
      work: this.work(),
      ...{ failure, newest, gathering, pace, lastLearnedMs, ahead, queue },
      waiting: pending.size,
      withoutInk: replay.withoutInk,
      backend: context.backend,
      memory: context.networks.memory(),
      job: this.jobs.status(turn),
    })
  }

  private async beginGroup(): Promise<void> {
    const { state, gathering } = this
    const { stepsPerArrival, when } = state.settings
    const taken = this.pending.take(MOST_NEWEST * stepsPerArrival, gathering.allowed(when))
    this.pace.begin()
    this.arrivedAt = taken.arrivedAt
    const last = await takeArrivals(state, this.replay, taken.drawings, this.context.networks)
    const arrivals = taken.drawings.length
    if (last) this.newest = { drawingId: last.id, classId: last.classId, arrivals }
    noteClasses(this.state)
    if (state.group) await this.continueGroup(state.group)
  }

  private async continueGroup(group: Group): Promise<void> {
    if (group.done < group.steps + group.settling) {
      await this.learnFrom(newestOfStep(group, this.replay))
      group.done++
    }
    if (group.done >= group.steps + group.settling) await this.finishGroup(group)
  }

  private async finishGroup(group: Group): Promise<void> {
    const { state } = this
    state.group = null
    state.groupsSinceEvaluation++
    if (group.newest.length > 0) {
      state.practice = freshPractice()
      await this.publish(state.measured ? null : newestAccuracy(state))
      if (this.arrivedAt > 0) this.lastLearnedMs = this.context.now() - this.arrivedAt
    }
    if (this.pending.size === 0 || state.groupsSinceEvaluation >= GROUPS_PER_EVALUATION) await this.evaluate()
  }

  private async practise(): Promise<void> {
    const { practice } = this.state
    const begun = this.context.now()
    if (!(await this.learnFrom([]))) {
      practice.steps = NO_MORE
      return
    }
    practice.steps++
    if (this.state.settings.stop.kind === 'time') practice.ms += this.context.now() - begun
    practice.lossSum += this.state.loss ?? 0
    if (practice.steps % PRACTICE_BLOCK !== 0) return
    noteEvaluation(practice, await this.evaluate())
    await this.publish(newestAccuracy(this.state))
  }

  private async evaluate(): Promise<number | null> {
    const { state } = this
    refuseUnusable(state)
    state.groupsSinceEvaluation = 0
    const surprise = await measure(state, this.replay, this.context.networks)
    if (Number.isNaN(surprise)) throw new LearningError('diverged', 'guesses are no numbers')
    noteGoodEvaluation(state)
    return surprise
  }

  /** One step of the optimiser; answers whether there was anything to learn from. */
  private async learnFrom(newest: readonly LabelledDrawing[]): Promise<boolean> {
    const begun = this.context.now()
    const samples = await learnStep(this.state, this.replay, newest, this.context)
    if (samples === null) return false
    this.pace.add(samples, this.context.now() - begun)
    return true
  }

  /** Does something; where weights turn out to be unusable it goes back to those that serve. */
  private async guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof LearningError) || error.code !== 'diverged') throw error
      await this.goBack(error)
    }
  }

  private async goBack(cause: LearningError): Promise<void> {
    const { state } = this
    const { group, practice } = state
    const changed = await rollBack(state, this.replay, this.context.networks)
    if (group) group.done++
    else practice.steps = Math.min(NO_MORE, practice.steps + 1)
    if (changed) await this.publish(null)
    refuseHopeless(state, cause)
  }

  private async publish(accuracy: Accuracy | null): Promise<void> {
    serve(this.state)
    await this.context.publish({ projectId: this.id, served: this.served(), accuracy })
  }
}
