import { expect, test } from 'vitest'
import { createFailedJoins } from '../../../server/http/failed-joins.ts'
import { AppError } from '../../../shared/protocol/errors.ts'

const wrong = (): Promise<never> => Promise.reject(new AppError('unknown-code'))
const right = (): Promise<string> => Promise.resolve('in')

async function failTimes(
  joins: ReturnType<typeof createFailedJoins>,
  address: string,
  times: number,
): Promise<void> {
  for (let i = 0; i < times; i++) await joins.attempt(address, wrong).catch(() => undefined)
}

test('[HTTP-3] after 60 wrong codes an address waits out the ten minutes', async () => {
  let now = 0
  const joins = createFailedJoins({ clock: { now: () => now } })
  await failTimes(joins, '10.0.0.1', 60)
  await expect(joins.attempt('10.0.0.1', right)).rejects.toMatchObject({ code: 'too-many' })
  await expect(joins.attempt('10.0.0.2', right)).resolves.toBe('in')
  now = 600_000
  await expect(joins.attempt('10.0.0.1', right)).resolves.toBe('in')
})

test('[HTTP-3] right codes never count, however many come from one address', async () => {
  const joins = createFailedJoins({ clock: { now: () => 0 } })
  for (let i = 0; i < 500; i++) await joins.attempt('10.0.0.1', right)
  await expect(joins.attempt('10.0.0.1', right)).resolves.toBe('in')
})

test('[HTTP-3] wrong codes from very many addresses brake everybody', async () => {
  const joins = createFailedJoins({ clock: { now: () => 0 } })
  for (let i = 0; i < 3_000; i++) await failTimes(joins, `10.0.${String(i >> 8)}.${String(i & 255)}`, 1)
  await expect(joins.attempt('11.0.0.1', right)).rejects.toMatchObject({ code: 'too-many' })
})

test('[HTTP-3] a failure of the server is no wrong code', async () => {
  const joins = createFailedJoins({ clock: { now: () => 0 } })
  for (let i = 0; i < 100; i++)
    await joins.attempt('10.0.0.1', () => Promise.reject(new Error('disk'))).catch(() => undefined)
  await expect(joins.attempt('10.0.0.1', right)).resolves.toBe('in')
})
