import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import type { TrainingPhase, TrainingStatus } from '../../shared/training/status.ts'

/** A status of the trainer in some phase. */
export function trainingStatus(
  phase: TrainingPhase = { state: 'idle' },
  fields: Partial<TrainingStatus> = {},
): TrainingStatus {
  return {
    phase,
    step: 4218,
    loss: 0.3,
    accuracy: null,
    samplesPerSecond: null,
    pending: 0,
    lastLearnedMs: 830,
    settings: defaultTrainingSettings,
    backend: 'wasm',
    stepsPerSecond: null,
    queue: 0,
    memory: { tensors: 0, bytes: null },
    job: null,
    notice: null,
    mixedUp: null,
    ...fields,
  }
}
