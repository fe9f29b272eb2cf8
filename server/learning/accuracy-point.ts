import type { Accuracy, AccuracyPoint } from '../../shared/training/status.ts'

/** A figure as a point of the chart; `at` is epoch ms. */
export function accuracyPoint({ share, low, high, kind }: Accuracy, at: number, step: number): AccuracyPoint {
  return { at, step, share, low, high, kind }
}
