import type { TrainingSettings } from '../../../shared/training/settings.ts'

export type Schedule = TrainingSettings['schedule']

/** Shares of the base rate at which a run ends. */
const LAST = 0.01
const LAST_OF_CYCLE = 1e-4
/** One-cycle: share of the run in which the rate rises, and of the base from which it does. */
export const WARM_UP = 0.3
const FIRST_OF_CYCLE = 1 / 25

/**
 * The learning rate when `progress` (0..1, beyond it the nearest) of a run is over: constant; exponential or cosine
 * (Loshchilov and Hutter 2017) down to 1% of `base`; one-cycle (Smith 2018) up from a 25th to `base` over the first 30%, then
 * by a cosine to a ten-thousandth.
 */
export function rateAt(schedule: Schedule, base: number, progress: number): number {
  const at = Math.min(1, Math.max(0, progress))
  switch (schedule) {
    case 'constant':
      return base
    case 'exponential':
      return base * LAST ** at
    case 'cosine':
      return base * cosineDown(at, LAST)
    case 'one-cycle':
      return at < WARM_UP
        ? base * (FIRST_OF_CYCLE + (1 - FIRST_OF_CYCLE) * (at / WARM_UP))
        : base * cosineDown((at - WARM_UP) / (1 - WARM_UP), LAST_OF_CYCLE)
  }
}

/** From 1 to `last` along half a cosine. */
function cosineDown(at: number, last: number): number {
  return last + ((1 - last) * (1 + Math.cos(Math.PI * at))) / 2
}
