import { LearningError } from '../errors.ts'
import { rateAt } from '../model/schedule.ts'
import type { LogLine } from '../rpc.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import type { StarterModel } from '../starter/file.ts'
import { startingWeights } from '../starter/starting-weights.ts'
import { JobBatches, type JobSources } from './job-batches.ts'
import type { JobDigits } from './job-digits.ts'
import { shareOver, timeIsUp } from './job-progress.ts'
import { judgeModel, validationOf } from './job-result.ts'
import { settleJob } from './job-start.ts'
import type { JobState } from './job-state.ts'
import { Learner, learnerStart, type LearnerState } from './learner.ts'
import type { Networks } from './networks.ts'
import { GAIN } from './practice.ts'

/** What full trainings need of the thread they run in. */
export interface JobContext {
  readonly networks: Networks
  readonly exemplars: Exemplars
  readonly starter: StarterModel
  readonly digits: JobDigits
  /** Monotonic ms. */
  readonly now: () => number
  readonly log: (line: LogLine) => void
}

/** Bound of the epochs, whatever the settings say. */
const MOST_EPOCHS = 200
/** Losses in a row that are no number, which end a job. */
const MOST_DIVERGENCES = 5
/** Steps that the average goes over: an epoch's, within these. */
const SHORTEST_AVERAGE = 50
const LONGEST_AVERAGE = 500

/** A full training, a step at a time. Calls do not overlap. */
export class Job {
  private readonly batches: JobBatches
  private learner: Learner | null
  private stopped = false

  constructor(
    readonly state: JobState,
    private readonly sources: JobSources,
    private readonly context: JobContext,
  ) {
    this.batches = new JobBatches(state, sources)
    this.learner = state.learner && new Learner(context.networks, state.learner)
  }

  /** `position`: the newest place of the label log that has been taken. Answers whether the training is over. */
  async advance(position: number): Promise<boolean> {
    const { state, context } = this
    const begun = context.now()
    let over = false
    if (!this.learner) this.begin(position)
    else if (this.evaluationIsDue()) over = await this.evaluate()
    else await this.fit(this.learner)
    state.learner = this.learner?.state ?? null
    state.milliseconds += context.now() - begun
    return over
  }

  /** Ends it here: what was learned since the newest evaluation is evaluated too. */
  async stop(): Promise<void> {
    if (this.learner && this.state.step > this.state.epoch * this.state.stepsPerEpoch) {
      this.stopped = true
      await this.evaluate()
    }
  }

  private begin(position: number): void {
    const { state } = this
    settleJob(state, this.sources, position)
    if (state.headIds.length < 2) throw tooFew()
    this.learner = new Learner(this.context.networks, this.startAgain())
  }

  private async fit(learner: Learner): Promise<void> {
    const { state } = this
    const batch = this.batches.compose()
    if (!batch) throw tooFew()
    const { learningRate, momentum, weightDecay, optimiser, schedule } = state.settings
    const rate = rateAt(schedule, learningRate, shareOver(state)) * state.rateFactor
    const span = Math.min(LONGEST_AVERAGE, Math.max(SHORTEST_AVERAGE, state.stepsPerEpoch))
    const averageDecay = 1 - 1 / span
    const options = { learningRate: rate, momentum, weightDecay, optimiser, averageDecay }
    try {
      const { loss } = await learner.fit(batch, { ...options, trained: 'all' })
      state.loss = loss
      state.lossSum += loss
    } catch (error) {
      this.goBack(error)
    }
    state.step++
  }

  /** To the best weights so far, at half the rate. */
  private goBack(error: unknown): void {
    const { state, context } = this
    if (!(error instanceof LearningError) || error.code !== 'diverged') throw error
    state.divergences++
    if (state.divergences >= MOST_DIVERGENCES)
      throw new LearningError(
        'diverged',
        `the loss was no number ${String(MOST_DIVERGENCES)} times in a row: a lower learning rate may help`,
        { cause: error },
      )
    state.rateFactor /= 2
    this.learner = new Learner(context.networks, this.startAgain())
    const message = `a full training went back at step ${String(state.step)}, at half the learning rate`
    context.log({ level: 'warn', message, detail: error.message })
  }

  private startAgain(): LearnerState {
    const { state, sources, context } = this
    const architecture = { family: state.plan.family, classes: state.headIds.length }
    const columns = state.headIds.map((id) => {
      const column = sources.starterClasses.indexOf(id)
      return column >= 0 && column < context.starter.classes.length ? column : null
    })
    const { family } = architecture
    const weights = state.best?.slice() ?? startingWeights(family, state.seed, context.starter, columns)
    return learnerStart(architecture, weights, state.settings.optimiser)
  }

  private evaluationIsDue(): boolean {
    const { step, epoch, stepsPerEpoch } = this.state
    return step >= (epoch + 1) * stepsPerEpoch || (step > epoch * stepsPerEpoch && timeIsUp(this.state))
  }

  /** Measures the average on validation, else by the loss; keeps the best. Answers whether the training is over. */
  private async evaluate(): Promise<boolean> {
    const { state, sources, context } = this
    const { learner } = this
    if (!learner) return true
    const { architecture, average } = learner.state
    const validation = validationOf(sources.replay, state.headIds, state.upTo)
    const judged =
      validation &&
      (await judgeModel(
        { architecture, classIds: state.headIds, weights: average },
        validation,
        sources.recipe,
        context.networks,
      ))
    const steps = state.step - state.epoch * state.stepsPerEpoch
    const surprise = judged?.surprise ?? state.lossSum / Math.max(1, steps)
    const accuracy = judged?.share?.share ?? null
    const gain = Number.isFinite(surprise) ? gained(state, accuracy, surprise) : 0
    if (gain > 0) {
      state.best = average.slice()
      state.bestAccuracy = accuracy
      state.bestSurprise = surprise
    }
    state.flat = gain > GAIN ? 0 : state.flat + 1
    state.accuracy = accuracy
    state.epoch++
    state.lossSum = 0
    state.divergences = 0
    this.logEpoch(surprise)
    return this.isOver()
  }

  private isOver(): boolean {
    const { epoch, flat, settings } = this.state
    const { stop } = settings
    if (this.stopped || timeIsUp(this.state) || epoch >= MOST_EPOCHS) return true
    if (stop.kind === 'epochs') return epoch >= stop.epochs
    return stop.kind === 'patience' && flat >= stop.evaluations
  }

  private logEpoch(surprise: number): void {
    const { plan, epoch, step, accuracy, milliseconds } = this.state
    const { tensors, bytes } = this.context.networks.memory()
    const figures = {
      surprise,
      accuracy,
      seconds: Math.round(milliseconds) / 1000,
      tensors,
      bytes,
      residentBytes: process.memoryUsage.rss(),
    }
    const message = `a full training of ${plan.family}: epoch ${String(epoch)}, step ${String(step)}`
    this.context.log({ level: 'info', message, detail: JSON.stringify(figures) })
  }
}

/** Why classes without drawings are no training. */
export function tooFew(): LearningError {
  const message = 'fewer than two classes have drawings: there is nothing to tell apart'
  return new LearningError('too-few', message)
}

/**
 * By how much an evaluation is better than the best so far; at most 0 where it is not. More right guesses go first. Where
 * drawings went, and with them validation, there is nothing to compare it with: the newest is the best then.
 */
function gained({ bestAccuracy, bestSurprise }: JobState, accuracy: number | null, surprise: number): number {
  if (bestSurprise === null || (bestAccuracy === null) !== (accuracy === null)) return Infinity
  if (accuracy !== null && bestAccuracy !== null && accuracy !== bestAccuracy)
    return accuracy > bestAccuracy ? Infinity : 0
  return bestSurprise - surprise
}
