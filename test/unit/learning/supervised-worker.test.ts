import { Worker } from 'node:worker_threads'
import { describe, expect, test, vi } from 'vitest'
import { SupervisedWorker } from '../../../server/ops/supervised-worker.ts'

interface Calls {
  echo: { payload: string; result: string }
  die: { payload: null; result: null }
}
type None = Record<string, never>

const script = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', ({ id, name, payload }) => {
    if (name === 'die') throw new Error('that was the end')
    parentPort.postMessage({ kind: 'result', id, value: payload })
  })`

describe('a supervised worker', () => {
  test('[LEARN-7] a thread that dies rejects what waits and is started again', async () => {
    const begun = vi.fn()
    const told = vi.fn()
    const worker = new SupervisedWorker<Calls, None>({
      name: 'parrot',
      spawn: () => new Worker(script, { eval: true }),
      handlers: {},
      begin: async (channel) => {
        begun(await channel.call('echo', 'here'))
      },
      told,
    })
    await worker.start()
    expect(worker.healthy).toBe(true)
    await expect(worker.call('die', null)).rejects.toMatchObject({ code: 'worker-died' })
    expect(worker.healthy).toBe(false)
    await worker.whenWorking()
    expect(await worker.call('echo', 'again')).toBe('again')
    expect(begun).toHaveBeenCalledTimes(2)
    expect(told).toHaveBeenCalledWith('error', expect.stringContaining('parrot died'), expect.any(Error))
    await worker.stop()
    await expect(worker.call('echo', 'late')).rejects.toMatchObject({ code: 'stopped' })
  })

  test('[LEARN-7] a first thread that does not come to work is told of and not tried again', async () => {
    const worker = new SupervisedWorker<Calls, None>({
      name: 'parrot',
      spawn: () => new Worker('throw new Error("no backend")', { eval: true }),
      handlers: {},
      begin: async (channel) => {
        await channel.call('echo', 'here')
      },
      told: () => undefined,
    })
    await expect(worker.start()).rejects.toMatchObject({ code: 'worker-died' })
    expect(worker.healthy).toBe(false)
  })
})
