import { rm } from 'node:fs/promises'
import { build } from '../../../server/build.js'
import { freePort, temporaryFolder } from '../../support/built-server.ts'
import type { OwnMongoServer } from '../../support/mongo-server.ts'
import { CrashHouse } from './house.ts'
import { cyclesOf } from './plan.ts'
import { ServerProcess } from './server-process.ts'

const PEOPLE = 4
/** Kills between two looks into the store itself. */
const LOOK_EVERY = 12
const FIRST_KILLS = 2

export interface CrashFigures {
  readonly kills: number
  readonly acknowledged_labels_lost: number
  readonly acknowledged_strokes_lost: number
  readonly unreadable_documents: number
  readonly training_lost_max_s: number
  readonly resume_max_ms: number
  /** Whatever else was not as promised. */
  readonly other_faults: number
  readonly labels_acknowledged: number
  readonly strokes_acknowledged: number
  readonly seconds: number
}

/**
 * Kills a real server process `kills` times, at instants that follow from the seed, on one data folder, or in a
 * database that is killed as well now and then, and under load; after each restart everything that was acknowledged has
 * to be there. `tell` hears of each thing that is not.
 */
export async function crashCampaign(
  seed: number,
  kills: number,
  database: OwnMongoServer | null,
  tell: (words: string) => void,
): Promise<CrashFigures> {
  await build()
  const from = performance.now()
  const dataDir = temporaryFolder()
  const mongodbUrl = database?.freshDatabase() ?? null
  const server = new ServerProcess({ dataDir, port: await freePort(), mongodbUrl })
  let cycles = 0
  const house = new CrashHouse({
    server,
    database,
    people: PEOPLE,
    tell: (words) => tell(`seed ${String(seed)}, cycle ${String(cycles)}: ${words}`),
  })
  try {
    await house.furnish(seed, Math.min(FIRST_KILLS, kills - 1))
    for (const cycle of cyclesOf(seed)) {
      if (server.kills >= kills) break
      cycles++
      await house.live(cycle).catch((error: unknown) => {
        throw new Error(`seed ${String(seed)}, cycle ${String(cycles)} (${cycle.kind}) broke off`, {
          cause: error,
        })
      })
      if (house.doubtful || cycles % LOOK_EVERY === 0) await house.auditStore()
    }
    await house.settle()
  } finally {
    house.leave()
    await server.kill()
    await rm(dataDir, { recursive: true, force: true })
  }
  const { findings, ledger } = house
  return {
    kills: server.kills,
    acknowledged_labels_lost: findings.labels.size,
    acknowledged_strokes_lost: findings.strokes.size,
    unreadable_documents: findings.unreadable.size,
    training_lost_max_s: Math.round(house.trainingLostMax * 10) / 10,
    resume_max_ms: Math.round(Math.max(...server.resumedMs)),
    other_faults: findings.others.size,
    labels_acknowledged: [...ledger.labels.values()].filter(({ drawingId }) => drawingId !== null).length,
    strokes_acknowledged: [...ledger.strokes.values()].filter(({ acknowledged }) => acknowledged).length,
    seconds: Math.round((performance.now() - from) / 1_000),
  }
}
