import type { TrainingFigures } from '../rooms/training-figures.ts'
import type { Metrics } from './metrics.ts'

/** What /metrics tells of the training of the whole server. */
export function trainingGauges(metrics: Pick<Metrics, 'gauge'>, read: () => TrainingFigures): void {
  const gauge = (name: string, help: string, of: (figures: TrainingFigures) => number): void => {
    metrics.gauge(`training_${name}`, help, () => of(read()))
  }
  gauge(
    'steps_per_second',
    'Optimiser steps a second; 0 while the training rests',
    (now) => now.stepsPerSecond,
  )
  gauge('samples_per_second', 'Samples a second; 0 while the training rests', (now) => now.samplesPerSecond)
  gauge('queue', 'Projects that have something to learn from now', (now) => now.queue)
  gauge('jobs_waiting', 'Full trainings that wait for their turn', (now) => now.jobsWaiting)
  gauge('jobs_running', 'Full trainings that run', (now) => now.jobsRunning)
  gauge('tensors', 'Tensors alive in the backend of the trainer', (now) => now.tensors)
  gauge('backend_bytes', 'Bytes of that backend, NaN where it does not know', ({ bytes }) => bytes ?? NaN)
}
