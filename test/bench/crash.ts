import { crashCampaign } from '../fuzz/crash/campaign.ts'
import { ownMongoServer } from '../support/mongo-server.ts'
import type { BenchOptions, Figures } from './options.ts'

const KILLS = 200
const QUICK_KILLS = 5
const SEED = 8

/**
 * A server process that is killed at seeded random instants while people draw, label and train: what of all that was
 * acknowledged is gone afterwards, and how long it takes to be back. SQLite, unless `--driver mongo`.
 */
export default async function bench({ quick, driver }: BenchOptions): Promise<Figures> {
  const kills = quick ? QUICK_KILLS : KILLS
  const tell = (words: string): void => void process.stderr.write(`${words}\n`)
  if (driver !== 'mongo') return { ...(await crashCampaign(SEED, kills, null, tell)) }
  const database = await ownMongoServer()
  if ('missing' in database) return { mongo: `skipped: ${database.missing}` }
  try {
    return { mongo: database.kind, ...(await crashCampaign(SEED, kills, database, tell)) }
  } finally {
    await database.stop()
  }
}
