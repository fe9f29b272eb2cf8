import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { describe, expect, it } from 'vitest'
import { comparable, fillEverything, readAll } from './full-store.ts'
import { testFolders, type StoreDriver } from './store-harness.ts'

/** Drawings that store-restorer.ts restores. */
const NEW_DRAWINGS = 300
const KILLS = 4
/** A commit takes about as long, in ms. */
const COMMIT_MS = 25
const STAGING_MS = 120

export function restoreCrashContract(driver: StoreDriver): void {
  describe('a restore that is killed', () => {
    const newFolder = testFolders(driver)

    it('[BACKUP-12] leaves the old records or the new ones, each of them whole', async () => {
      const folder = newFolder()
      const random = xoroshiro128plus(12)
      const store = await folder.open()
      await fillEverything(store)
      const old = await readAll(store)
      await folder.closeAll()
      const outcomes = new Set<string>()
      for (let kill = 0; kill < KILLS; kill++) {
        const word = kill % 2 === 0 ? 'committing' : 'begun'
        const ms = uniformInt(random, 0, word === 'begun' ? STAGING_MS : COMMIT_MS)
        await killedRestorer([folder.dir, ...driver.writerArgs(folder.dir)], word, ms)
        const again = await folder.open()
        if (await again.getProject('new')) {
          outcomes.add('new')
          expect(await again.getProject('p1')).toBeNull()
          expect((await again.countDrawings('new')).total).toBe(NEW_DRAWINGS)
          expect((await readAll(again)).filter(({ kind }) => kind === 'drawing')).toHaveLength(NEW_DRAWINGS)
          // From the old records again.
          await again.beginRestore()
          await again.writeRecords(old)
          await again.commitRestore()
        } else {
          outcomes.add('old')
          expect(comparable(await readAll(again))).toEqual(comparable(old))
        }
        await folder.closeAll()
      }
      expect(outcomes.size).toBeGreaterThan(0)
    }, 240_000)
  })
}

/** Runs store-restorer.ts and kills it so many ms after it printed `word`. */
async function killedRestorer(args: readonly string[], word: string, ms: number): Promise<void> {
  const restorer = join(import.meta.dirname, 'store-restorer.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', restorer, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (printed.includes(word)) return
    printed += text
    if (printed.includes(word)) setTimeout(() => child.kill('SIGKILL'), ms)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (signal !== 'SIGKILL')
    throw new Error(`the restorer ended by itself with ${String(code)}: ${complaints}`)
}
