import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { Life } from '../../server/life.ts'
import type { App } from '../../server/app.ts'
import type { RoomState } from '../../shared/protocol/events.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { Client } from '../support/clients.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** The server as it starts, with its log, over a data folder of its own. */
async function started(dataFolder: string): Promise<{ app: App; logged: string[] }> {
  const dataDir = temporaryFolder()
  const logged: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
  const environment = { PORT: '0', DATA_DIR: dataDir, TRAINBOARD_BACKEND: 'wasm' }
  const config = readConfig(environment, ['--data', dataFolder])
  const failed = (error: unknown): never => {
    throw error
  }
  const life = new Life({ config, log, clientFolder: null, storeLost: failed, failed })
  ends.push(async () => {
    await life.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  await life.open()
  return { app: await life.listen(), logged }
}

/** MNIST's files with six images a digit, each a bar at a place of its own. */
function writeDigits(folder: string): void {
  const count = 60
  const images = Buffer.alloc(16 + count * 784)
  const labels = Buffer.alloc(8 + count)
  for (const [index, value] of [0x08_03, count, 28, 28].entries()) images.writeUInt32BE(value, 4 * index)
  for (const [index, value] of [0x08_01, count].entries()) labels.writeUInt32BE(value, 4 * index)
  for (let item = 0; item < count; item++) {
    labels[8 + item] = item % 10
    for (let row = 4; row < 24; row++)
      images.fill(
        255,
        16 + item * 784 + row * 28 + 2 * (item % 10) + 3,
        16 + item * 784 + row * 28 + 2 * (item % 10) + 5,
      )
  }
  mkdirSync(folder, { recursive: true })
  for (const part of ['train', 't10k']) {
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), images)
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), labels)
  }
}

async function roomOf(app: App, template: 'digits' | 'empty'): Promise<{ ada: Client; state: RoomState }> {
  const ada = await Client.arrive(`http://127.0.0.1:${String(app.port)}`, 'Ada')
  const { project } = await ada.create(template)
  const state = await ada.join(project.id)
  ends.push(() => {
    ada.leave()
  })
  return { ada, state }
}

const asked = { mnist: true, promote: 'hand' } as const

test('[CONFIG-9] a folder without MNIST is told of in the log, and the server starts all the same', async () => {
  const { app, logged } = await started('/nowhere/at/all')
  expect(logged.join('')).toMatch(/no room can train on MNIST too: neither \/nowhere\/at\/all nor /)
  const { ada, state } = await roomOf(app, 'digits')
  expect(state.mnist).toBe(false)
  expect(await ada.refusal('training:job-start', asked)).toBe('conflict')
})

test('[CONFIG-9] with a folder that has it, a room of digits, and no other, is told so and trains on MNIST too', async () => {
  const folder = temporaryFolder()
  ends.push(() => rm(folder, { recursive: true, force: true }))
  writeDigits(join(folder, 'mnist'))
  const { app, logged } = await started(folder)
  expect(logged).toEqual([])
  expect((await roomOf(app, 'empty')).state.mnist).toBe(false)
  const { ada, state } = await roomOf(app, 'digits')
  expect(state.mnist).toBe(true)
  const runs = ada.next('training:progress', ({ job }) => job?.state === 'running' && job.progress.step > 0)
  const { job } = await ada.command('training:job-start', asked)
  expect(job?.plan.mnist).toBe(true)
  await runs
  expect((await ada.command('training:job-stop', {})).job?.state).toBe('ended')
})
