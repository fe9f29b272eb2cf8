import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refusal, testFolders, type StoreDriver } from './store-harness.ts'
import { aDrawing, anOpinion, aProject, fillStore } from './store-records.ts'

export function durabilityContract(driver: StoreDriver): void {
  describe('durability', () => {
    const newFolder = testFolders(driver)

    it('[STORE-29] says what it is and what a resolved write survives', async () => {
      const { info } = await newFolder().open()
      expect(info.driver.slice(0, driver.name.length)).toBe(driver.name)
      expect(info.durability).toMatch(/power loss/)
    })

    it('[STORE-30] a second opener is refused and told what is in its way; after a close nothing is', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      const error = await refusal(driver.open(folder.dir), 'locked')
      expect(error.message).toContain(driver.heldBy(folder.dir))
      expect(await store.getProject('p1')).toEqual(aProject())
      const again = await folder.reopen()
      expect(await again.getProject('p1')).toEqual(aProject())
    })

    it('[STORE-31] a thousand writes at once are all kept; the refused ones among them change nothing', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1_000 }, (_, i) => {
          const id = i % 10 === 9 ? 'd0' : `d${String(i)}`
          const key = `k${String(i)}`
          return store.addDrawing(aDrawing({ id, pageId: id }), anOpinion('c1', key), key)
        }),
      )
      const kept = outcomes.filter(({ status }) => status === 'fulfilled')
      expect(kept).toHaveLength(900)
      const again = await folder.reopen()
      expect((await again.countDrawings('p1')).total).toBe(900)
      const log = await again.listDrawings('p1', 0, 2_000)
      expect(log.items).toHaveLength(900)
      expect(log.items.map(({ seq }) => seq)).toEqual(log.items.map((_, i) => i + 1))
    })

    it('[STORE-32] flush waits for the writes before it, close for all, and a closed store refuses', async () => {
      const folder = newFolder()
      const store = await folder.open()
      await fillStore(store)
      let written = false
      const write = store.putMeta('a', '1').then(() => (written = true))
      await store.flush()
      // The write's answer is here as well: it has no message to wait for any more.
      await Promise.race([write, new Promise(setImmediate)])
      expect(written).toBe(true)
      const last = store.putMeta('b', '2')
      await Promise.all([store.close(), store.close()])
      expect(await last).toBe('2')
      await refusal(store.getMeta('a'), 'unavailable')
      expect(await (await folder.open()).getMeta('b')).toBe('2')
    })

    it('[STORE-33] kill -9 loses nothing that was acknowledged', async () => {
      const folder = newFolder()
      const acknowledged = await killedWriter(folder.dir, driver.writerArgs(folder.dir), 150)
      const store = await folder.open()
      const counts = await store.countDrawings('p1')
      const log = await store.listDrawings('p1', 0, 5_000)
      const stored = new Set(log.items.map(({ id }) => id))
      const appended = new Set(
        (await store.loadCanvas('v1')).updates.map((update) => new TextDecoder().decode(update)),
      )
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
      expect(acknowledged.filter((id) => !appended.has(id))).toEqual([])
      expect(counts.total).toBe(stored.size)
    })
  })
}

/** Runs store-writer.ts until it has acknowledged `least` drawings, kills it, and answers all acknowledged ids. */
function killedWriter(dir: string, args: readonly string[], least: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writer = join(import.meta.dirname, 'store-writer.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', writer, dir, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.split('\n').length > least) child.kill('SIGKILL')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text
    })
    child.on('error', reject)
    child.on('close', (_code, signal) => {
      const ids = printed.split('\n').slice(0, -1)
      if (signal === 'SIGKILL') resolve(ids)
      else reject(new Error(`the writer ended by itself: ${complaints}`))
    })
  })
}
