import type { TrainingPhase, TrainingStatus } from '../../shared/training/status.ts'
import type { ProjectRecord } from '../storage/records.ts'

/** The status of a model that is not open: nothing is known but how it is to be trained. */
export function unopenedStatus(
  { training }: Pick<ProjectRecord, 'training'>,
  phase: TrainingPhase,
  backend: string,
): TrainingStatus {
  return {
    phase,
    step: 0,
    loss: null,
    accuracy: null,
    samplesPerSecond: null,
    stepsPerSecond: null,
    pending: 0,
    lastLearnedMs: null,
    settings: training,
    backend,
    queue: 0,
    memory: { tensors: 0, bytes: null },
    job: null,
    notice: null,
    mixedUp: null,
  }
}
