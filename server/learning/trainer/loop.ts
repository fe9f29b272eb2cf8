import type { ProjectTrainer } from './project.ts'

/**
 * The one training queue of the process: projects in turn, arrivals before practice, a group of arrivals at a
 * time. Everything asked of it from outside runs between two steps.
 */
export class TrainingLoop {
  private readonly projects = new Map<string, ProjectTrainer>()
  private readonly jobs: (() => Promise<void>)[] = []
  private wake: (() => void) | null = null
  private stopping = false
  private halted = false

  constructor(private readonly failed: (project: ProjectTrainer, error: unknown) => void) {}

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
      const project = this.next()
      if (project) await this.advance(project)
      else if (this.jobs.length === 0) await this.untilWoken()
    }
    await this.runJobs()
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
    // Lets messages in.
    await new Promise((resolve) => setImmediate(resolve))
  }

  private async runJobs(): Promise<void> {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) await job()
  }

  private next(): ProjectTrainer | undefined {
    if (this.halted) return undefined
    return this.inTurn()[0] ?? [...this.projects.values()].find((project) => project.work() === 'practice')
  }

  /** Those with arrivals, the one in the middle of a group first. */
  private inTurn(): ProjectTrainer[] {
    const all = [...this.projects.values()]
    return [
      ...all.filter((project) => project.work() === 'group'),
      ...all.filter((project) => project.work() === 'arrival'),
    ]
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = null
        resolve()
      }
    })
  }
}
