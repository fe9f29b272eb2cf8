import { crashCampaign, type CrashFigures } from '../fuzz/crash/campaign.ts'
import { restoreCampaign } from '../fuzz/crash/restore.ts'
import { ownMongoServer, type OwnMongoServer } from '../support/mongo-server.ts'
import type { BenchOptions, Figures } from './options.ts'

const KILLS = 190
const QUICK_KILLS = 5
/** Rooms in turn on MongoDB, each in a database of its own: what stands for it here reads all there is at each look. */
const MONGO_ROOMS = 5
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
    const rooms = mongo && !quick ? MONGO_ROOMS : 1
    const parts: CrashFigures[] = []
    for (let room = 0; room < rooms; room++) {
      const part = await crashCampaign(SEED + room, kills / rooms, mongo, tell)
      tell(JSON.stringify(part))
      parts.push(part)
    }
    const figures = together(parts)
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

/** Sums, but for what is a maximum. */
function together(parts: readonly CrashFigures[]): CrashFigures {
  const sum = (key: keyof CrashFigures): number => parts.reduce((total, part) => total + part[key], 0)
  const most = (key: keyof CrashFigures): number => Math.max(...parts.map((part) => part[key]))
  return {
    kills: sum('kills'),
    acknowledged_labels_lost: sum('acknowledged_labels_lost'),
    acknowledged_strokes_lost: sum('acknowledged_strokes_lost'),
    unreadable_documents: sum('unreadable_documents'),
    training_lost_max_s: most('training_lost_max_s'),
    resume_max_ms: most('resume_max_ms'),
    other_faults: sum('other_faults'),
    labels_acknowledged: sum('labels_acknowledged'),
    strokes_acknowledged: sum('strokes_acknowledged'),
    seconds: sum('seconds'),
  }
}
