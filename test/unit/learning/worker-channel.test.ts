import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { ChannelError, Moved, WorkerChannel } from '../../../server/ops/worker-channel.ts'

interface Sums {
  add: { payload: { readonly a: number; readonly b: number }; result: number }
  fill: { payload: number; result: { readonly values: Float32Array<ArrayBuffer> } }
  fail: { payload: null; result: null }
  never: { payload: null; result: null }
}
type None = Record<string, never>

const { port1, port2 } = new MessageChannel()
const pair = new MessageChannel()
afterEach(() => {
  for (const port of [port1, port2, pair.port1, pair.port2]) port.close()
})

class Odd extends Error {
  readonly code = 'odd'
}

describe('calls between threads', () => {
  test('[LEARN-7] an answer reaches its call, an error keeps its code, a death rejects what waits', async () => {
    const here = new WorkerChannel<Sums, None>(port1, {}, () => undefined)
    const there = new WorkerChannel<None, Sums>(
      port2,
      {
        add: ({ a, b }) => a + b,
        fill: (count) => {
          const values = new Float32Array(count).fill(1)
          return new Moved({ values }, [values.buffer])
        },
        fail: () => {
          throw new Odd('that is odd')
        },
        never: () => new Promise<null>(() => undefined),
      },
      () => undefined,
    )
    const [sum, filled] = await Promise.all([here.call('add', { a: 1, b: 2 }), here.call('fill', 3)])
    expect(sum).toBe(3)
    expect(filled.values).toEqual(new Float32Array([1, 1, 1]))
    await expect(here.call('fail', null)).rejects.toMatchObject({ code: 'odd', message: 'that is odd' })
    const waiting = here.call('never', null)
    here.close(new ChannelError('worker-died', 'gone'))
    await expect(waiting).rejects.toMatchObject({ code: 'worker-died' })
    await expect(here.call('add', { a: 1, b: 2 })).rejects.toMatchObject({ code: 'worker-died' })
    there.close(new ChannelError('stopped', 'done'))
  })
})
