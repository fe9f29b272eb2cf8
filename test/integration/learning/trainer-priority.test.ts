import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { TrainerAsks, TrainerCalls } from '../../../server/learning/rpc.ts'
import { spawnWorker } from '../../../server/ops/spawn-worker.ts'
import { WorkerChannel } from '../../../server/ops/worker-channel.ts'

const NICE = 10

/** How many threads of this process run at a nice value of 10; a thread that ends meanwhile is none. */
function lowered(): number {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      // After the name, which may hold anything, nice is the 17th field (proc(5)).
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) === NICE
    } catch {
      return false
    }
  }).length
}

test.runIf(process.platform === 'linux')(
  '[JOB-13] the trainer’s thread alone runs at a lower priority',
  async () => {
    const before = lowered()
    const source = new URL('../../../server/learning/trainer/worker.ts', import.meta.url)
    const worker = spawnWorker('trainer', source)
    const silent = { publish: () => null, status: () => null, log: () => null }
    const channel = new WorkerChannel<TrainerCalls, TrainerAsks>(worker, silent, () => undefined)
    await channel.call('start', { backend: 'wasm', mnistFolder: null })
    expect(lowered()).toBe(before + 1)
    await channel.call('stop', null)
    await worker.terminate()
    await expect.poll(lowered).toBe(before)
  },
  60_000,
)
