import { availableParallelism } from 'node:os'
import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'
import type { BenchOptions, Figures } from './options.ts'

const SCHEDULES = 10_000
const QUICK_SCHEDULES = 120
const KILLS = 20
const QUICK_KILLS = 2
/** Schedules of one process: few enough that none is left alone with a long rest of the work. */
const CHUNK = 250
const FIRST_SEED = 1

type Run = Awaited<ReturnType<typeof spawnFuzz>>

/** Seeded schedules over the real server and client code; with a real process that is killed, schedules of its own. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const schedules = quick ? QUICK_SCHEDULES : SCHEDULES
  const workers = Math.max(1, availableParallelism())
  const chunk = Math.min(CHUNK, Math.ceil(schedules / workers))
  const starts = Array.from({ length: Math.ceil(schedules / chunk) }, (_, i) => i * chunk)
  const from = Date.now()
  const runs: Run[] = []
  const work = async (): Promise<void> => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const count = Math.min(chunk, schedules - start)
      const run = await spawnFuzz([
        ...['converge', '--shrink', quick ? '1' : '0'],
        ...['--seed', String(FIRST_SEED + start), '--schedules', String(count)],
      ])
      process.stderr.write(run.said)
      runs.push(run)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const seconds = (Date.now() - from) / 1_000
  // Its processes need the cores for themselves: they run by the real clock.
  const kills = String(quick ? QUICK_KILLS : KILLS)
  const killed = await spawnFuzz(['kill', '--seed', '1', '--schedules', kills])
  process.stderr.write(killed.said)
  const sum = (key: string, of: readonly Run[]): number =>
    of.reduce((total, { figures }) => total + (figures[key] ?? 0), 0)
  return {
    schedules: sum('schedules', runs),
    failures: sum('failures', [...runs, killed]),
    schedules_with_kill: sum('schedules', [killed]),
    seconds: Math.round(seconds),
  }
}
