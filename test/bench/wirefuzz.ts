import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'
import type { BenchOptions, Figures } from './options.ts'

const MESSAGES = 1_000_000
const QUICK_MESSAGES = 8_000
const BY_TRANSPORTS = 10_000
const QUICK_BY_TRANSPORTS = 400
const SEEDS = [1, 2]

/**
 * Hostile frames, commands, ink and requests while honest people draw, sync and label: all that the server decoded,
 * and of that how much came by which way.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const messages = String(Math.ceil((quick ? QUICK_MESSAGES : MESSAGES) / SEEDS.length))
  const runs = await Promise.all(
    SEEDS.map((seed) => spawnFuzz(['wire', '--seed', String(seed), '--messages', messages])),
  )
  // Its server needs the cores for itself: it runs by the real clock.
  const byTransports = String(quick ? QUICK_BY_TRANSPORTS : BY_TRANSPORTS)
  const transports = await spawnFuzz(['transports', '--seed', '1', '--messages', byTransports])
  const all = [...runs, transports]
  for (const { said } of all) process.stderr.write(said)
  const keys = new Set(all.flatMap(({ figures }) => Object.keys(figures)))
  const sum = (key: string): number => all.reduce((total, { figures }) => total + (figures[key] ?? 0), 0)
  return {
    ...Object.fromEntries([...keys].map((key) => [key, sum(key)])),
    rss_growth_mb: Math.max(...all.map(({ figures }) => figures['rss_growth_mb'] ?? 0)),
  }
}
