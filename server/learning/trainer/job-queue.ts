import type { JobControl } from './job-control.ts'
import type { JobTurn } from './job-progress.ts'

/** The full trainings of one project, as far as turns go. */
export type TakesTurns = Pick<JobControl, 'active' | 'waiting' | 'ready' | 'advance' | 'startDue'>

/** Full trainings of a process that wait or run, paused ones included. */
const MOST_JOBS = 16
/** Steps of a job go on for so long before others have their turn. */
const SLICE_MS = 50

/** The full trainings of a process: a slice each, in turn. */
export class JobQueue {
  /** When each had its newest turn. */
  private readonly turns = new WeakMap<TakesTurns, number>()
  private newest = 0

  constructor(
    private readonly projects: () => Iterable<{ readonly jobs: TakesTurns }>,
    /** Monotonic ms. */
    private readonly now: () => number,
  ) {}

  get full(): boolean {
    return this.active().length >= MOST_JOBS
  }

  turn(jobs: TakesTurns): JobTurn {
    const active = this.active()
    const ahead = active.filter((one) => one.waiting).indexOf(jobs)
    return { ahead: Math.max(0, ahead), sharing: Math.max(1, active.filter((one) => one.ready).length) }
  }

  /** The one that has waited longest for its turn. */
  next(): TakesTurns | null {
    const ready = this.active().filter((jobs) => jobs.ready)
    return ready.reduce<TakesTurns | null>(
      (first, jobs) => (first === null || this.turnOf(jobs) < this.turnOf(first) ? jobs : first),
      null,
    )
  }

  /** A slice of one: at least a step. */
  async advance(jobs: TakesTurns): Promise<void> {
    this.turns.set(jobs, ++this.newest)
    const begun = this.now()
    do await jobs.advance()
    while (jobs.ready && this.now() - begun < SLICE_MS)
  }

  /**
   * Starts what starts by itself, as far as there is room. Answers in how many ms to look again, null for not before
   * something changes.
   */
  startDue(): number | null {
    let soonest: number | null = null
    for (const { jobs } of this.projects()) {
      const wait = jobs.startDue(this.full)
      if (wait !== null) soonest = Math.min(soonest ?? wait, wait)
    }
    return soonest
  }

  private turnOf(jobs: TakesTurns): number {
    return this.turns.get(jobs) ?? 0
  }

  private active(): TakesTurns[] {
    return [...this.projects()].flatMap(({ jobs }) => (jobs.active ? [jobs] : []))
  }
}
