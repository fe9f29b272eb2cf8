import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'
import type { BenchOptions, Figures } from './options.ts'

const SCHEDULES = 10_000
const KILLS = 20
/** Seeds of the two halves lie far apart. */
const HALVES = [1, 1_000_001]

/** Seeded schedules over the real server and client code; with a real process that is killed, schedules of its own. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const schedules = quick ? 100 : SCHEDULES
  const halves = await Promise.all(
    HALVES.map((seed) =>
      spawnFuzz(['converge', '--seed', String(seed), '--schedules', String(schedules / HALVES.length)]),
    ),
  )
  const killed = await spawnFuzz(['kill', '--seed', '1', '--schedules', String(quick ? 2 : KILLS)])
  const runs = [...halves, killed]
  for (const { said } of runs) process.stderr.write(said)
  const sum = (key: string, of: typeof runs): number =>
    of.reduce((total, { figures }) => total + (figures[key] ?? 0), 0)
  return {
    schedules: sum('schedules', halves),
    failures: sum('failures', runs),
    schedules_with_kill: sum('schedules', [killed]),
  }
}
