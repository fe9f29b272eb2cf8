import { accuracyOf, mixedUpMost } from '../../../shared/training/metrics.ts'
import { parameterCount } from '../../../shared/training/layout.ts'
import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { Accuracy, ModelInfo, TrainingPhase, TrainingStatus } from '../../../shared/training/status.ts'
import { encodeCheckpoint } from '../checkpoint.ts'
import { adamStep } from '../model/adam.ts'
import { emaStep, warmDecay } from '../model/ema.ts'
import { hashText } from '../model/random.ts'
import { hasClass, Replay, type LabelledDrawing, type LoggedDrawing } from '../replay.ts'
import type { CheckpointMade, Publication, ServedModel } from '../rpc.ts'
import type { Assessment } from '../service.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import { assess } from './assess.ts'
import { composeBatch, MOST_NEWEST } from './batch.ts'
import { updateHead } from './head.ts'
import { guessServed, measure, servingWeights } from './measure.ts'
import type { Networks } from './networks.ts'
import { keepPerClass, restoredState, stateOf } from './open-state.ts'
import { Pending } from './pending.ts'
import {
  architectureOf,
  freshPractice,
  MOST_COALESCED_KEPT,
  PREQUENTIAL_WINDOW,
  type Group,
  type TrainingState,
} from './state.ts'

/** What a project's training needs of the thread it runs in. */
export interface ProjectContext {
  readonly networks: Networks
  readonly exemplars: Exemplars
  readonly backend: string
  /** Monotonic ms. */
  readonly now: () => number
  /** Resolves once the predictor guesses with the model. */
  readonly publish: (publication: Publication) => Promise<void>
  readonly changed: (project: ProjectTrainer) => void
}

const AVERAGE_DECAY = 0.99
/** Steps of practice after the newest label, and between two evaluations of it. */
const MOST_PRACTICE = 60
const PRACTICE_BLOCK = 6
/** Evaluations in a row without gain that end the practice. */
const MOST_FLAT = 5
/** Nats by which an evaluation has to be better to count as a gain. */
const GAIN = 0.005
/** Groups between two evaluations while arrivals never pause. */
const GROUPS_PER_EVALUATION = 5

/** The continual loop of one project, a step at a time. Calls do not overlap. */
export class ProjectTrainer {
  private readonly replay: Replay
  private readonly pending: Pending
  private failure: string | null = null
  private newest: { readonly drawingId: string; readonly classId: string; readonly arrivals: number } | null =
    null
  private arrivedAt = 0
  private samplesPerSecond: number | null = null
  private stepsPerSecond: number | null = null
  private lastLearnedMs: number | null = null

  /** `log` is the whole label log, ascending; what `state` has not taken yet is pending. */
  constructor(
    private state: TrainingState,
    log: readonly LoggedDrawing[],
    private readonly context: ProjectContext,
  ) {
    this.replay = new Replay((id) => hashText(id, state.seed), state.keepPerClass)
    this.pending = new Pending(log, state.position)
    for (const drawing of this.pending.taken(log)) this.replay.apply(drawing)
  }

  get id(): string {
    return this.state.projectId
  }

  /** Brings the head in line with the project's classes, which may have changed since the checkpoint. */
  async prepare(): Promise<void> {
    if (await updateHead(this.state, this.replay, this.context.networks)) this.serve()
  }

  receive(drawings: readonly LoggedDrawing[]): void {
    for (const drawing of drawings) this.pending.add(drawing, this.context.now())
    this.context.changed(this)
  }

  /** Drawings are gone from the log: from the next step on it is as if they had never been in it. */
  async forget(drawingIds: readonly string[]): Promise<void> {
    const { state } = this
    this.pending.forget(drawingIds)
    const known = drawingIds.flatMap((id) => this.replay.forget(id) ?? [])
    if (this.newest && drawingIds.includes(this.newest.drawingId)) this.newest = null
    if (state.group) state.group = withoutDrawings(state.group, drawingIds)
    // What was measured on them does not hold any more.
    if (known.some(({ split }) => split !== 'train')) await this.evaluate()
    this.context.changed(this)
  }

  /** What there is to do: learning from arrivals goes before practice. */
  work(): 'group' | 'arrival' | 'practice' | null {
    if (this.state.paused || this.failure !== null) return null
    if (this.state.group) return 'group'
    if (this.pending.size > 0) return 'arrival'
    return this.practising() ? 'practice' : null
  }

  /** One step of what there is to do. */
  async advance(): Promise<void> {
    const { group } = this.state
    if (group) await this.continueGroup(group)
    else if (this.pending.size > 0) await this.beginGroup()
    else if (this.practising()) await this.practise()
    this.context.changed(this)
  }

  fail(reason: string): void {
    this.failure = reason
    this.context.changed(this)
  }

  async setClasses(classIds: readonly string[]): Promise<ModelInfo> {
    const { state } = this
    state.classIds = classIds
    state.keepPerClass = Math.min(state.keepPerClass, keepPerClass(classIds.length))
    this.replay.keepAtMost(state.keepPerClass)
    if (await updateHead(state, this.replay, this.context.networks)) await this.publish(null)
    return state.served.model
  }

  configure(settings: TrainingSettings): void {
    this.state.settings = settings
  }

  setPaused(paused: boolean): void {
    this.state.paused = paused
  }

  served(): ServedModel {
    return { ...this.state.served, weights: this.state.served.weights.slice() }
  }

  checkpoint(): CheckpointMade {
    const { state } = this
    const accuracy = this.accuracy()
    return {
      step: state.step,
      blob: encodeCheckpoint(state),
      accuracy: accuracy?.share ?? null,
      accuracyKind: accuracy?.kind ?? null,
      loss: state.loss,
      trainedTo: state.learnedTo,
      classIds: state.headIds,
    }
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
    if (changed) this.serve()
    await this.context.publish({ projectId: this.id, served: this.served(), accuracy: null })
    this.context.changed(this)
  }

  /** How the models that checkpoints served do on the drawings kept aside, in the order of `blobs`. */
  assess(blobs: readonly Uint8Array[]): Promise<Assessment[]> {
    const { state, replay } = this
    const served = blobs.map((blob) => stateOf(state, blob).served)
    return assess(served, state, replay, this.context.networks)
  }

  /** `ahead`: how many other projects learn before this one does. */
  status(ahead: number): TrainingStatus {
    const { state } = this
    return {
      phase: this.phase(ahead),
      step: state.step,
      loss: state.loss,
      accuracy: this.accuracy(),
      samplesPerSecond: this.samplesPerSecond,
      pending: this.pending.size + (state.group ? state.group.arrivals : 0),
      lastLearnedMs: this.lastLearnedMs,
      settings: state.settings,
      backend: this.context.backend,
      stepsPerSecond: this.stepsPerSecond,
      queue: this.work() === null ? 0 : 1 + ahead,
      memory: this.context.networks.memory(),
      job: null,
      notice: null,
      mixedUp: state.measured ? state.measured.mixedUp : mixedUpMost(state.prequential),
    }
  }

  private phase(ahead: number): TrainingPhase {
    if (this.failure !== null) return { state: 'failed', reason: this.failure }
    if (this.state.paused) return { state: 'paused' }
    const work = this.work()
    if (work === 'arrival' && ahead > 0) return { state: 'waiting', ahead }
    if (work !== null && this.newest) return { state: 'learning', ...this.newest }
    return { state: 'idle' }
  }

  private accuracy(): Accuracy | null {
    return this.state.measured?.accuracy ?? accuracyOf(this.state.prequential, 'prequential')
  }

  private practising(): boolean {
    const { practice } = this.state
    return practice.steps < MOST_PRACTICE && practice.flat < MOST_FLAT
  }

  private async beginGroup(): Promise<void> {
    const { state, replay } = this
    const { networks } = this.context
    const { drawings, arrivedAt } = this.pending.take(MOST_NEWEST * state.settings.stepsPerArrival)
    const fresh = drawings.filter(hasClass).filter(({ id }) => replay.get(id) === undefined)
    const guessed = await guessServed(state, fresh, networks)
    state.prequential = [...state.prequential, ...guessed].slice(-PREQUENTIAL_WINDOW)
    for (const drawing of drawings) replay.apply(drawing)
    state.position = Math.max(state.position, ...drawings.map(({ seq }) => seq))
    const newest = drawings.filter(hasClass).filter(({ split }) => split === 'train')
    await updateHead(state, replay, networks)
    const group: Group = {
      newest: newest.map(({ id }) => id),
      arrivals: drawings.length,
      upTo: state.position,
      steps: newest.length > 0 ? state.settings.stepsPerArrival : 0,
      done: 0,
    }
    state.group = group
    state.coalesced = [
      ...state.coalesced,
      { step: state.step, upTo: group.upTo, newest: newest.length },
    ].slice(-MOST_COALESCED_KEPT)
    this.arrivedAt = arrivedAt
    const last = newest.at(-1)
    if (last) this.newest = { drawingId: last.id, classId: last.classId, arrivals: drawings.length }
    await this.continueGroup(group)
  }

  private async continueGroup(group: Group): Promise<void> {
    if (group.done < group.steps) {
      await this.learnFrom(newestOfStep(group, this.replay))
      group.done++
    }
    if (group.done >= group.steps) await this.finishGroup(group)
  }

  private async finishGroup(group: Group): Promise<void> {
    const { state } = this
    state.group = null
    state.groupsSinceEvaluation++
    if (group.newest.length > 0) {
      state.practice = freshPractice()
      await this.publish(state.measured ? null : this.accuracy())
      if (this.arrivedAt > 0) this.lastLearnedMs = this.context.now() - this.arrivedAt
    }
    if (this.pending.size === 0 || state.groupsSinceEvaluation >= GROUPS_PER_EVALUATION) await this.evaluate()
  }

  private async practise(): Promise<void> {
    const { practice } = this.state
    if (!(await this.learnFrom([]))) {
      practice.steps = MOST_PRACTICE
      return
    }
    practice.steps++
    practice.lossSum += this.state.loss ?? 0
    if (practice.steps % PRACTICE_BLOCK !== 0) return
    const surprise = (await this.evaluate()) ?? practice.lossSum / PRACTICE_BLOCK
    practice.lossSum = 0
    if (practice.best === null || surprise < practice.best - GAIN) {
      practice.best = surprise
      practice.flat = 0
    } else practice.flat++
    await this.publish(this.accuracy())
  }

  private evaluate(): Promise<number | null> {
    this.state.groupsSinceEvaluation = 0
    return measure(this.state, this.replay, this.context.networks)
  }

  /** One step of the optimiser; answers whether there was anything to learn from. */
  private async learnFrom(newest: readonly LabelledDrawing[]): Promise<boolean> {
    const { state } = this
    const begun = this.context.now()
    const batch = composeBatch(state, this.replay, newest, this.context.exemplars)
    if (!batch) return false
    const network = this.context.networks.with(state.weights, architectureOf(state))
    const { loss, values } = await network.gradient(batch, 'all')
    if (!Number.isFinite(loss)) throw new Error(`the loss of step ${state.step} is ${loss}`)
    // Lower where evaluations stall.
    const learningRate = state.settings.learningRate / 2 ** Math.min(3, state.practice.flat)
    adamStep(state.weights, values, state.adam, { learningRate })
    state.averageUpdates++
    emaStep(state.average, state.weights, warmDecay(AVERAGE_DECAY, state.averageUpdates))
    state.step++
    state.learnedTo = state.position
    state.loss = loss
    this.stepsPerSecond = 1000 / Math.max(0.1, this.context.now() - begun)
    this.samplesPerSecond = Math.round(this.stepsPerSecond * batch.size)
    return true
  }

  /** Makes the weights as they are now the ones that serve. */
  private serve(): void {
    const { state } = this
    state.served = {
      model: {
        version: state.served.model.version + 1,
        step: state.step,
        classIds: state.headIds,
        serving: state.serving,
        family: state.family,
        parameters: parameterCount(architectureOf(state)),
        trainedTo: state.learnedTo,
      },
      recipe: state.recipe,
      weights: servingWeights(state).slice(),
      temperature: state.temperature,
    }
  }

  private async publish(accuracy: Accuracy | null): Promise<void> {
    this.serve()
    await this.context.publish({ projectId: this.id, served: this.served(), accuracy })
  }
}

/** A group without some of its drawings; one that is left without any ends. */
function withoutDrawings(group: Group, drawingIds: readonly string[]): Group {
  const newest = group.newest.filter((id) => !drawingIds.includes(id))
  return { ...group, newest, steps: newest.length > 0 ? group.steps : group.done }
}

/** The drawings a group brings into its next step: all of a few, else a share of them each step. */
function newestOfStep({ newest, steps, done }: Group, replay: Replay): LabelledDrawing[] {
  const share = Math.ceil(newest.length / steps)
  const ids = newest.length <= MOST_NEWEST ? newest : newest.slice(done * share, (done + 1) * share)
  return ids.flatMap((id) => replay.get(id) ?? [])
}
