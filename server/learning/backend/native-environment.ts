import type { BackendName } from './backend.ts'

/**
 * Sets what native libraries read from the environment when they are loaded; what the user has set stays. Only the
 * main thread's `process.env` is the process's own, so it is called there before the threads start.
 */
export function prepareNativeLibraries(
  wanted: 'auto' | BackendName,
  environment: NodeJS.ProcessEnv = process.env,
): void {
  // Predictor and trainer share the GPU, which TensorFlow would otherwise take as a whole.
  environment['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'
  // A checkpoint resumes to the bit.
  environment['TF_DETERMINISTIC_OPS'] ??= '1'
  // The ladder says in one line why a rung does not load.
  environment['TF_CPP_MIN_LOG_LEVEL'] ??= '3'
  if (wanted === 'tensorflow') environment['CUDA_VISIBLE_DEVICES'] = '-1'
}
