import type { Schedule, Step } from './schedule.ts'

/**
 * Leaves steps out for as long as the schedule still fails, larger parts first.
 * `fails` is asked at most `tries` times.
 */
export async function shrink(
  schedule: Schedule,
  fails: (smaller: Schedule) => Promise<boolean>,
  tries: number,
): Promise<Schedule> {
  let steps: readonly Step[] = schedule.steps
  let left = tries
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < steps.length && left > 0; left--) {
      const smaller = [...steps.slice(0, from), ...steps.slice(from + size)]
      if (await fails({ ...schedule, steps: smaller })) steps = smaller
      else from += size
    }
  }
  return { ...schedule, steps }
}

/** A schedule in lines that a person can read, and paste into the regressions. */
export function inWords({ seed, people, steps }: Schedule): string {
  const lines = steps.map(
    ({ at, who, deed, seed: own }) =>
      `  ${String(at).padStart(6)} ms  person ${String(who)}  ${deed.padEnd(12)} (${String(own)})`,
  )
  return [`seed ${String(seed)}, ${String(people)} people`, ...lines].join('\n')
}
