import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from '../../../server/build.js'
import { recordDigests } from '../../support/backup-digest.ts'
import { runProgram, START } from '../../support/backup-programs.ts'
import { freePort, temporaryFolder } from '../../support/built-server.ts'
import type { OwnMongoServer } from '../../support/mongo-server.ts'
import { pause } from '../../support/person.ts'
import { diceOf } from '../draw.ts'
import { CrashHouse } from './house.ts'
import { ServerProcess } from './server-process.ts'

const PEOPLE = 2
const DRAWING_MS = 1_200

export interface RestoreFigures {
  readonly kills: number
  /** Restores that had come to their one moment before the kill, and that had not. */
  readonly came: number
  readonly not_yet: number
  /** What held neither the old data nor the new. */
  readonly faults: number
}

/**
 * Restores one of two backups over the other again and again on a running server, which is killed in the middle, with
 * the program that asked for it or without: afterwards there is all of the one or all of the other.
 */
export async function restoreCampaign(
  seed: number,
  kills: number,
  database: OwnMongoServer | null,
  tell: (words: string) => void,
): Promise<RestoreFigures> {
  await build()
  const dice = diceOf(seed)
  const dataDir = temporaryFolder()
  const files = temporaryFolder()
  const mongodbUrl = database?.freshDatabase() ?? null
  const server = new ServerProcess({ dataDir, port: await freePort(), mongodbUrl })
  const house = new CrashHouse({ server, database: null, people: PEOPLE, tell })
  const env = { MONGODB_URL: mongodbUrl ?? '' }
  const digests = async (name: string): Promise<string> => {
    const file = join(files, `${name}.backup`)
    const { code, said } = await runProgram('backup', ['--force', file], dataDir, env)
    if (code !== 0) throw new Error(`the backup failed: ${said}`)
    return (await recordDigests(file)).join('\n')
  }
  const outcome = { came: 0, not_yet: 0, faults: 0 }
  let done = 0
  try {
    await house.furnish(seed, 0)
    const contents: string[] = []
    for (const name of ['0', '1']) {
      await house.live({
        seed: seed + contents.length,
        kind: 'load',
        afterMs: DRAWING_MS,
        share: 0,
        knock: false,
      })
      await house.settle()
      contents.push(await digests(name))
    }
    let now = 1
    let tookMs = 0
    while (done < kills) {
      const { ready } = await server.start()
      await ready
      const from = performance.now()
      const restore = spawn(process.execPath, [START, 'restore', join(files, `${String(1 - now)}.backup`)], {
        env: { ...process.env, DATA_DIR: dataDir, ...env },
        stdio: 'ignore',
      })
      const ended = once(restore, 'exit')
      // The first one may end, which says how long one takes.
      if (tookMs === 0) {
        await ended
        tookMs = performance.now() - from
      } else {
        await pause(dice.fraction() * tookMs)
        if (dice.chance(0.3)) restore.kill('SIGKILL')
        done++
      }
      await server.kill()
      restore.kill('SIGKILL')
      if (restore.exitCode === null && restore.signalCode === null) await ended
      const found = await digests('found')
      if (found === contents[1 - now]) {
        outcome.came++
        now = 1 - now
      } else if (found === contents[now]) outcome.not_yet++
      else {
        outcome.faults++
        tell(
          `seed ${String(seed)}, restore ${String(done)}: neither the old data nor the new\n${changes(contents[1 - now] ?? '', found)}`,
        )
        break
      }
    }
  } finally {
    house.leave()
    await server.kill()
    for (const folder of [dataDir, files]) await rm(folder, { recursive: true, force: true })
  }
  const faults = outcome.faults + house.findings.count
  return { kills: done, ...outcome, faults }
}

/** How many records of each kind differ. */
function changes(wanted: string, found: string): string {
  const [before, after] = [new Set(wanted.split('\n')), new Set(found.split('\n'))]
  const kinds = (lines: string[]): string => lines.map((line) => line.split(' ')[0]).join(' ')
  return `  lacks ${kinds([...before].filter((line) => !after.has(line)))}\n  has more ${kinds([...after].filter((line) => !before.has(line)))}`
}
