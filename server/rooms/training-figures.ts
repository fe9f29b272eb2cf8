import type { TrainingStatus } from '../../shared/training/status.ts'
import type { LearningEvents } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'

/** After this long without a word the training rests: its speed is nothing. */
const RESTS_MS = 10_000

/** The training of the whole server, as /health and /metrics show it. */
export interface TrainingFigures {
  readonly stepsPerSecond: number
  readonly samplesPerSecond: number
  /** Projects that have something to learn from now. */
  readonly queue: number
  /** Alive in the trainer's backend. */
  readonly tensors: number
  /** Of the trainer's backend; null where it does not know. */
  readonly bytes: number | null
  readonly jobsWaiting: number
  readonly jobsRunning: number
}

export interface TrainingFiguresOptions {
  readonly learning: { subscribe(events: LearningEvents): () => void }
  readonly clock: Clock
  /** The status of each open room. */
  readonly trainings: () => readonly TrainingStatus[]
}

/** Follows the one stream of statuses; what is of the whole server is that of the newest one. */
export function watchTraining(options: TrainingFiguresOptions): () => TrainingFigures {
  const { learning, clock, trainings } = options
  let newest: { readonly status: TrainingStatus; readonly at: number } | null = null
  learning.subscribe({
    status: (_projectId, status) => {
      newest = { status, at: clock.now() }
    },
    published: () => undefined,
  })
  return () => {
    const jobs = trainings().map(({ job }) => job)
    const works = newest !== null && clock.now() - newest.at < RESTS_MS
    return {
      stepsPerSecond: (works ? newest?.status.stepsPerSecond : 0) ?? 0,
      samplesPerSecond: (works ? newest?.status.samplesPerSecond : 0) ?? 0,
      queue: newest?.status.queue ?? 0,
      tensors: newest?.status.memory.tensors ?? 0,
      bytes: newest?.status.memory.bytes ?? null,
      jobsWaiting: jobs.filter((job) => job?.state === 'waiting').length,
      jobsRunning: jobs.filter((job) => job?.state === 'running').length,
    }
  }
}
