import type { Regression } from './regressions.ts'
import { runSchedule } from './run-schedule.ts'
import { scheduleOf, type Schedule } from './schedule.ts'
import { inWords, shrink } from './shrink.ts'

const SHRINK_TRIES = 120
const FAULTS_SHOWN = 8

export interface Campaign {
  readonly schedules: number
  readonly failures: number
}

/**
 * Plays `schedules` seeded schedules from `seed` on; `tell` hears of each failure, and of the first `shrunk` ones with
 * their smallest schedule.
 */
export async function campaign(
  seed: number,
  schedules: number,
  shrunk: number,
  tell: (words: string) => void,
  drawn: (seed: number) => Schedule = scheduleOf,
): Promise<Campaign> {
  let failures = 0
  for (let i = 0; i < schedules; i++) {
    const schedule = drawn(seed + i)
    const faults = await faultsOrError(schedule)
    if (faults.length === 0) continue
    if (failures++ >= shrunk) {
      tell(`seed ${String(schedule.seed)}\n  ${faults.slice(0, FAULTS_SHOWN).join('\n  ')}`)
      continue
    }
    const fails = async (smaller: Schedule): Promise<boolean> => (await faultsOrError(smaller)).length > 0
    const smallest = await shrink(schedule, fails, SHRINK_TRIES)
    const shown = (await faultsOrError(smallest)).slice(0, FAULTS_SHOWN)
    tell(`${inWords(smallest)}\n  ${shown.join('\n  ')}`)
  }
  return { schedules, failures }
}

/** Plays what failed once. */
export async function replay(
  regressions: readonly Regression[],
  tell: (words: string) => void,
): Promise<Campaign> {
  let failures = 0
  for (const { name, taught, schedule } of regressions) {
    const faults = await faultsOrError(schedule)
    if (faults.length === 0) continue
    failures++
    tell(`${name} (${taught})\n  ${faults.slice(0, FAULTS_SHOWN).join('\n  ')}`)
  }
  return { schedules: regressions.length, failures }
}

async function faultsOrError(schedule: Schedule): Promise<string[]> {
  try {
    return await runSchedule(schedule)
  } catch (error) {
    return [
      `the schedule broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ]
  }
}
