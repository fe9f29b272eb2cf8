import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'
import type { BenchOptions, Figures } from './options.ts'

const MESSAGES = 1_000_000
const SEEDS = [1, 2]

/** Hostile frames, commands, ink and requests while honest people draw, sync and label. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const messages = String(Math.ceil((quick ? 8_000 : MESSAGES) / SEEDS.length))
  const runs = await Promise.all(
    SEEDS.map((seed) => spawnFuzz(['wire', '--seed', String(seed), '--messages', messages])),
  )
  const transports = await spawnFuzz(['transports', '--messages', quick ? '1000' : '20000'])
  const all = [...runs, transports]
  for (const { said } of all) process.stderr.write(said)
  const sum = (key: string): number => all.reduce((total, { figures }) => total + (figures[key] ?? 0), 0)
  return {
    messages: sum('messages'),
    crashes: sum('crashes'),
    honest_clients_harmed: sum('honest_clients_harmed'),
    rss_growth_mb: Math.max(...all.map(({ figures }) => figures['rss_growth_mb'] ?? 0)),
  }
}
