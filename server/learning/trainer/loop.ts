import { JobQueue } from './job-queue.ts'
import type { ProjectTrainer } from './project.ts'

/**
 * The one training queue of the process: projects in turn, arrivals before practice, a group of arrivals at a
 * time. Everything asked of it from outside runs between two steps.
 */
export class TrainingLoop {
  private readonly projects = new Map<string, ProjectTrainer>()
  private readonly jobs: (() => Promise<void>)[] = []
  /** The full trainings of all projects. */
  readonly trainings: JobQueue
  private wake: (() => void) | null = null
  /** Whether the newest step was one of a full training. */
  private trained = false
  private stopping = false
  private halted = false

  constructor(
    private readonly failed: (project: ProjectTrainer, error: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.trainings = new JobQueue(() => this.projects.values(), now)
  }

  get(projectId: string): ProjectTrainer | undefined {
    return this.projects.get(projectId)
  }

  get size(): number {
    return this.projects.size
  }

  add(project: ProjectTrainer): void {
    this.projects.set(project.id, project)
  }

  remove(projectId: string): void {
    this.projects.delete(projectId)
  }

  /** How many other projects' arrivals are learned from before this one's. */
  ahead(project: ProjectTrainer): number {
    const waiting = this.inTurn()
    return Math.max(0, waiting.indexOf(project))
  }

  /** How many projects have something to learn from. */
  get queue(): number {
    return [...this.projects.values()].filter((project) => project.work() !== null).length
  }

  /** Runs a job between two steps. */
  between<T>(job: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push(async () => {
        try {
          resolve(await job())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
      this.wake?.()
    })
  }

  /** Makes no step any more; jobs still run. */
  halt(): void {
    this.halted = true
  }

  /** Ends `run` after the step in progress. */
  stop(): void {
    this.stopping = true
    this.wake?.()
  }

  async run(): Promise<void> {
    while (!this.stopping) {
      await this.runJobs()
      const due = this.halted ? null : this.trainings.startDue()
      if (!this.halted && (await this.step())) await letMessagesIn()
      else if (this.jobs.length === 0) await this.untilWoken(due)
    }
    await this.runJobs()
  }

  /** One for arrivals where there are any, else for a full training and for practice in turn; answers whether it made one. */
  private async step(): Promise<boolean> {
    const arrived = this.inTurn()[0]
    const practising = [...this.projects.values()].find((project) => project.work() === 'practice')
    const training = arrived ? null : this.trainings.next()
    if (training && !(practising && this.trained)) {
      this.trained = true
      await this.trainings.advance(training)
      return true
    }
    this.trained = false
    const project = arrived ?? practising
    if (project) await this.advance(project)
    return project !== undefined
  }

  private async advance(project: ProjectTrainer): Promise<void> {
    if (project.work() !== 'group') {
      this.projects.delete(project.id)
      this.projects.set(project.id, project)
    }
    try {
      await project.advance()
    } catch (error) {
      this.failed(project, error)
    }
  }

  private async runJobs(): Promise<void> {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) await job()
  }

  /** Those with arrivals, the one in the middle of a group first. */
  private inTurn(): ProjectTrainer[] {
    const all = [...this.projects.values()]
    return [
      ...all.filter((project) => project.work() === 'group'),
      ...all.filter((project) => project.work() === 'arrival'),
    ]
  }

  /** Until something is asked of it, or time alone brings something to do, as a full training in `training` ms. */
  private untilWoken(training: number | null): Promise<void> {
    return new Promise((resolve) => {
      const due = this.halted ? [] : [...this.projects.values()].flatMap((project) => project.dueIn() ?? [])
      if (training !== null) due.push(training)
      const timer = due.length > 0 ? setTimeout(() => this.wake?.(), Math.min(...due)) : undefined
      this.wake = () => {
        clearTimeout(timer)
        this.wake = null
        resolve()
      }
    })
  }
}

function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
