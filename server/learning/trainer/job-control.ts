import { trainingBounds } from '../../../shared/training/settings.ts'
import type { JobPlan, JobStatus } from '../../../shared/training/status.ts'
import { LearningError } from '../errors.ts'
import { hashText } from '../model/random.ts'
import type { Replay } from '../replay.ts'
import type { JobWish } from '../service.ts'
import { noteConsolidation } from './consolidation.ts'
import { Job, tooFew, type JobContext } from './job.ts'
import { countsOf, poolsOf, type JobCounts, type JobSources, type Pool } from './job-batches.ts'
import { jobStatusOf, type JobTurn } from './job-progress.ts'
import { candidateOf, compareToServed, isPromoted } from './job-result.ts'
import { waitingJob } from './job-start.ts'
import type { JobEnd, JobState } from './job-state.ts'
import type { Pending } from './pending.ts'
import { refuseUnusable } from './publication.ts'
import type { TrainingState } from './state.ts'

/** The training of the project that jobs belong to. */
export interface JobHost {
  /** As they are now: the state may be another object after going back to a checkpoint. */
  readonly parts: {
    readonly state: TrainingState
    readonly replay: Replay
    readonly pending: Pick<Pending, 'training'>
  }
  /** Whether anything may be trained: neither paused nor failed. */
  readonly mayTrain: boolean
  /** Ms until a consolidation is due, if nothing arrives until then; null where none is. */
  consolidationIn(): number | null
  /** Has all that waits be learned from, whatever the settings let it wait for; arrivals go before a job's first step. */
  now(): void
  /** Goes on from the result of a job, whose model serves from then on. */
  promote(result: TrainingState): Promise<void>
}

/** Bound of a job that somebody asked for: the longest that the settings know. */
const MOST_SECONDS = trainingBounds.seconds.most
const CONSOLIDATION_SECONDS = 120

/** The full trainings of one project: one at a time, and what becomes of its result. Calls do not overlap. */
export class JobControl {
  private running: Job | null = null
  /** What was found to give no reason for a job. */
  private looked = ''

  constructor(
    private readonly host: JobHost,
    private readonly context: JobContext,
    private readonly changed: () => void,
  ) {}

  get active(): boolean {
    return this.activeState !== null
  }

  /** Active, before its first step. */
  get waiting(): boolean {
    return this.activeState?.learner === null
  }

  /** Whether there is a step to make. */
  get ready(): boolean {
    return this.active && this.host.mayTrain
  }

  /** See `JobQueue`; null before the first job. */
  status(turn: JobTurn): JobStatus | null {
    const { job } = this.host.parts.state
    return job && jobStatusOf(job, turn)
  }

  /** What waits to be learned from is taken in first. @throws LearningError `job-running`, `too-few`, `no-mnist` */
  start({ mnist, promote }: JobWish): void {
    if (this.active)
      throw new LearningError('job-running', 'a full training of this project waits or runs already')
    if (mnist) this.needDigits()
    const pools = this.pools(mnist)
    const { state, replay, pending } = this.host.parts
    const waiting = pending.training.filter(({ classId }) => state.classIds.includes(classId))
    if (new Set([...pools, ...waiting].map(({ classId }) => classId)).size < 2) throw tooFew()
    this.host.now()
    const { drawings, others } = countsOf(pools)
    const counts = { drawings: drawings + waiting.filter(({ id }) => !replay.get(id)).length, others }
    this.begin('asked', { mnist, promote }, counts, MOST_SECONDS)
  }

  /** Ends the job that waits or runs; what did best waits for a decision. @throws LearningError `no-job` */
  async stop(): Promise<void> {
    const state = this.activeState
    if (!state) throw new LearningError('no-job', 'no full training of this project waits or runs')
    await this.guarded(state, async () => {
      await this.job(state).stop()
      if (state.best) await this.conclude(state, 'waits')
      else this.end(state, { outcome: 'discarded', compared: null, reason: null })
    })
  }

  /** Has the result that waits serve, or drops it. @throws LearningError `no-job` */
  async decide(promote: boolean): Promise<void> {
    const { host, context } = this
    const { state, replay } = host.parts
    const { job } = state
    if (job?.end?.outcome !== 'waits' || !job.best)
      throw new LearningError('no-job', 'no result of a full training waits for a decision')
    const { end } = job
    if (!promote) {
      this.end(job, { ...end, outcome: 'discarded' })
      return
    }
    const candidate = await candidateOf(job, job.best, state, replay, context.networks)
    // Before the result is let go of.
    refuseUnusable(candidate)
    this.end(job, { ...end, outcome: 'promoted' })
    await host.promote(candidate)
  }

  /** A job of a family that is wanted no more ends; the one that is wanted now is trained. */
  settingsChanged(): void {
    const { state } = this.host.parts
    const { family } = state.settings
    const job = this.activeState
    if (job && job.plan.family !== family)
      this.end(job, { outcome: 'discarded', compared: null, reason: null })
    if (state.triedFamily !== family) state.triedFamily = null
    this.looked = ''
  }

  /** One step of the job. */
  async advance(): Promise<void> {
    const state = this.activeState
    if (!state) return
    await this.guarded(state, async () => {
      if (await this.job(state).advance(this.host.parts.state.position))
        await this.conclude(state, state.plan.promote)
    })
  }

  /**
   * Starts what starts by itself: the training of a family that the settings ask for, and consolidation once nothing
   * has come for a while. Answers in how many ms to look again, null for not before something changes.
   */
  startDue(full: boolean): number | null {
    const { host } = this
    const { state, replay } = host.parts
    if (full || this.active || !host.mayTrain) return null
    const wish = { mnist: false, promote: 'rule' } as const
    const { family } = state.settings
    // A family that was tried is not tried again by itself before the next consolidation.
    if (family !== state.family && family !== state.triedFamily) {
      const seen = [replay.revision, family, ...state.classIds].join(' ')
      const pools = this.looked === seen ? [] : this.pools(false)
      this.looked = seen
      if (pools.length > 1) {
        this.begin('asked', wish, countsOf(pools), MOST_SECONDS)
        return null
      }
    }
    const wait = state.job?.end?.outcome === 'waits' ? null : host.consolidationIn()
    if (wait === 0) this.begin('consolidation', wish, countsOf(this.pools(false)), CONSOLIDATION_SECONDS)
    return wait === 0 ? null : wait
  }

  private get activeState(): JobState | null {
    const { job } = this.host.parts.state
    return job && !job.end ? job : null
  }

  private begin(why: JobPlan['why'], wish: JobWish, counts: JobCounts, mostSeconds: number): void {
    const { state, replay } = this.host.parts
    const { seed, settings } = state
    const own = hashText(`job/${String(state.step)}/${String(state.position)}/${settings.family}`, seed)
    state.job = waitingJob({ why, ...wish, ...counts, seed: own, settings, mostSeconds })
    state.triedFamily = settings.family
    noteConsolidation(state, replay)
    this.changed()
  }

  /** @throws LearningError `no-mnist` where a job after a restart has lost its digits */
  private job(state: JobState): Job {
    if (this.running?.state !== state)
      this.running = new Job(state, this.sources(state.plan.mnist), this.context)
    return this.running
  }

  private sources(mnist: boolean): JobSources {
    const { host, context } = this
    const { state, replay } = host.parts
    const { recipe, starterClasses } = state
    return {
      classIds: () => host.parts.state.classIds,
      recipe,
      starterClasses,
      replay,
      exemplars: context.exemplars,
      digits: mnist ? context.digits.get() : null,
    }
  }

  private pools(mnist: boolean): Pool[] {
    return poolsOf(this.sources(mnist), Infinity)
  }

  private needDigits(): void {
    const { classIds, starterClasses } = this.host.parts.state
    if (!starterClasses.some((id) => id !== null && classIds.includes(id)))
      throw new LearningError(
        'no-mnist',
        'MNIST is of digits, and none of the classes is one of those it has',
      )
  }

  /** Compares a job's best with what serves, and promotes it where that is for the rule to decide. */
  private async conclude(job: JobState, promote: JobPlan['promote'] | 'waits'): Promise<void> {
    const { host, context } = this
    const { state, replay } = host.parts
    const candidate = job.best && (await candidateOf(job, job.best, state, replay, context.networks))
    if (!candidate) throw new LearningError('diverged', 'no weights that it came to were of any use')
    refuseUnusable(candidate)
    const compared = await compareToServed(candidate, state, replay, context.networks)
    const verdict = promote === 'rule' ? isPromoted(compared) : null
    if (verdict === null) this.end(job, { outcome: 'waits', compared, reason: null })
    else {
      this.end(job, { outcome: verdict ? 'promoted' : 'not-better', compared, reason: null })
      if (verdict) await host.promote(candidate)
    }
  }

  private async guarded(state: JobState, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.end(state, { outcome: 'failed', compared: null, reason })
    }
    this.changed()
  }

  private end(state: JobState, end: JobEnd): void {
    state.end = end
    state.learner = null
    if (end.outcome !== 'waits') state.best = null
    this.running = null
    const { plan, step, epoch, milliseconds } = state
    const { tensors, bytes } = this.context.networks.memory()
    const detail = { ...end, step, epoch, seconds: Math.round(milliseconds) / 1000, tensors, bytes }
    this.context.log({
      level: end.outcome === 'failed' ? 'warn' : 'info',
      message: `a full training of ${plan.family} ended: ${end.outcome}`,
      detail: JSON.stringify({ ...detail, residentBytes: process.memoryUsage.rss() }),
    })
  }
}
