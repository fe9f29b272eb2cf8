import { crashCampaign } from '../fuzz/crash/campaign.ts'
import { restoreCampaign } from '../fuzz/crash/restore.ts'
import { ownMongoServer, type OwnMongoServer } from '../support/mongo-server.ts'
import type { BenchOptions, Figures } from './options.ts'

const KILLS = 190
const QUICK_KILLS = 5
/** Kills in the midst of a restore, beside those. */
const RESTORE_KILLS = 10
const SEED = 8

/**
 * A server process that is killed at seeded random instants while people draw, label and train: what of all that was
 * acknowledged is gone afterwards, and how long it takes to be back. SQLite, unless `--driver mongo`.
 */
export default async function bench({ quick, driver }: BenchOptions): Promise<Figures> {
  const kills = quick ? QUICK_KILLS : KILLS
  const tell = (words: string): void => void process.stderr.write(`${words}\n`)
  const play = async (mongo: OwnMongoServer | null): Promise<Figures> => {
    const figures = await crashCampaign(SEED, kills, mongo, tell)
    if (quick) return { ...figures }
    const restores = await restoreCampaign(SEED, RESTORE_KILLS, mongo, tell)
    return { ...figures, kills: figures.kills + restores.kills, restores_halfway: restores.faults }
  }
  if (driver !== 'mongo') return play(null)
  const database = await ownMongoServer()
  if ('missing' in database) return { mongo: `skipped: ${database.missing}` }
  try {
    return { mongo: database.kind, ...(await play(database)) }
  } finally {
    await database.stop()
  }
}
