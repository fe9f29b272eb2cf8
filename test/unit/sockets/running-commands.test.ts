import { expect, it } from 'vitest'
import { CommandsOfConnection, RunningCommands } from '../../../server/sockets/running-commands.ts'

it('[LIMIT-2] the commands of a connection that wait for their answers are bounded, each connection by itself', async () => {
  const all = new RunningCommands()
  const [one, other] = [new CommandsOfConnection(all, 2), new CommandsOfConnection(all, 2)]
  const ends: (() => void)[] = []
  const waiting = (): Promise<void> => new Promise((resolve) => ends.push(resolve))
  const first = one.run(waiting)
  expect(one.full).toBe(false)
  const second = one.run(() => waiting().then(() => Promise.reject(new Error('refused'))))
  expect(one.full).toBe(true)
  expect(other.full).toBe(false)
  for (const end of ends) end()
  await Promise.allSettled([first, second])
  expect(one.full).toBe(false)
})
