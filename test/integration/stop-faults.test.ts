import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../server/storage/open.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { newId } from '../../shared/ids/id.ts'
import { line } from '../support/clients.ts'
import { Person } from '../support/person.ts'
import { startRoomServer } from '../support/room-server.ts'

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const HOOK = fileURLToPath(new URL('../support/broken-store.mjs', import.meta.url))
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})
const newFolder = (): string => {
  const folder = temporaryFolder()
  folders.push(folder)
  return folder
}

/** A server with somebody who has labelled a drawing and drawn another one that may not be stored yet. */
async function withSomebody(dataDir: string, env: Record<string, string>) {
  const server = await startBuilt(
    dataDir,
    { STOP_WITHIN_MS: '4000', ...env },
    { nodeArgs: ['--import', HOOK] },
  )
  const mia = await Person.arrive(server.url, 'Mia')
  const { project } = await mia.client.create('digits')
  await mia.enter(project.id)
  const classId = mia.room.classes[3]?.id ?? ''
  mia.commit(newId(), line([100, 100], [800, 800]))
  await mia.label(classId)
  return { server, mia, project, classId }
}

const breakStore = ({ child }: BuiltServer): boolean => child.kill('SIGUSR2')

describe('a stop with a store at fault', () => {
  test('[STOP-10] a slow store: SIGTERM saves everything within the deadline and exits 0', async () => {
    const dataDir = newFolder()
    const { server, mia, project } = await withSomebody(dataDir, {
      STORE_DELAY_MS: '150',
      STOP_WITHIN_MS: '30000',
    })
    for (let i = 0; i < 5; i++) mia.commit(newId(), line([100, 100 * i], [800, 800]))
    await mia.canvas?.roundTrip()
    const { code, ms } = await server.stop()
    expect(code, server.output()).toBe(0)
    expect(ms).toBeLessThan(30_000)
    expect(server.output()).toContain(`the canvases of ${project.id}`)
    mia.leave()
    const store = await openStore({ dataDir, log: pino({ level: 'silent' }) })
    expect((await store.listCheckpoints(project.id)).map(({ reason }) => reason)).toContain('stop')
    await store.close()
    const again = await startBuilt(dataDir)
    const back = mia.at(again.url)
    await back.enter(project.id)
    expect(back.canvas?.strokes()).toHaveLength(5)
    back.leave()
    await again.stop()
  })

  test('[STOP-11] a store that fails: the stop ends at its deadline, not with 0, and names what was not saved', async () => {
    const { server, mia, project } = await withSomebody(newFolder(), {})
    breakStore(server)
    mia.commit(newId(), line([100, 100], [800, 800]))
    await mia.canvas?.roundTrip()
    const { code, ms } = await server.stop()
    expect(code, server.output()).toBe(1)
    expect(ms).toBeLessThan(15_000)
    const output = server.output()
    expect(output).toContain('not everything could be saved')
    expect(output).toContain(`the canvases of ${project.id} (${mia.canvasId}: the database does not answer)`)
    expect(output).toContain(`the model of ${project.id} (`)
    mia.leave()
  })

  test('[STOP-11] a second signal exits at once, not with 0, and names what was not saved', async () => {
    const { server, mia, project } = await withSomebody(newFolder(), { STOP_WITHIN_MS: '60000' })
    breakStore(server)
    mia.commit(newId(), line([100, 100], [800, 800]))
    await mia.canvas?.roundTrip()
    server.child.kill('SIGTERM')
    await expect.poll(() => server.output()).toContain('"msg":"stopping"')
    // Signals within a second are one.
    const again = setInterval(() => server.child.kill('SIGTERM'), 300)
    const [code] = (await once(server.child, 'exit')) as [number | null]
    clearInterval(again)
    expect(code, server.output()).toBe(130)
    const leaving = server
      .output()
      .split('\n')
      .find((text) => text.includes('leaving at once'))
    expect(leaving).toContain(`the canvases of ${project.id} (${mia.canvasId})`)
    mia.leave()
  })
})

test('[STOP-9] a stop goes in its order: not ready, canvases, checkpoints, sockets with 1012, the store', async () => {
  const done: string[] = []
  const server = await startRoomServer((store) => ({
    ...store,
    appendCanvas: async (...args) => {
      const position = await store.appendCanvas(...args)
      done.push('canvas')
      return position
    },
    putCheckpoint: async (...args) => {
      await store.putCheckpoint(...args)
      done.push('checkpoint')
    },
    close: async () => {
      done.push('store')
      await store.close()
    },
  }))
  const mia = await Person.arrive(server.url, 'Mia')
  const { project } = await mia.client.create('empty', ['cat'])
  await mia.enter(project.id)
  mia.commit(newId(), line([100, 100], [800, 800]))
  await mia.label(mia.room.classes[0]?.id ?? '')
  mia.commit(newId(), line([100, 100], [800, 800]))
  await mia.canvas?.roundTrip()
  void mia.canvas?.closed.then((code) => done.push(`closed ${String(code)}`))
  mia.socket.once('room:closing', () => done.push('told'))
  done.length = 0
  vi.spyOn(server.learning, 'halt').mockImplementation(() => {
    done.push('halt')
    return Promise.resolve()
  })
  const stopped = server.app.stop()
  const ready = fetch(`${server.url}/ready`).then(
    ({ status }) => status,
    () => 'not accepted',
  )
  expect([503, 'not accepted']).toContain(await ready)
  expect(await stopped).toMatchObject({ clean: true, failed: [] })
  await expect.poll(() => done).toContain(`closed ${String(closeCodes.restarting)}`)
  const order = ['canvas', 'halt', 'checkpoint', `closed ${String(closeCodes.restarting)}`, 'store']
  const firsts = order.map((what) => done.indexOf(what))
  expect(
    firsts.every((at) => at >= 0),
    done.join(),
  ).toBe(true)
  expect(done.lastIndexOf('canvas')).toBeLessThan(done.indexOf('halt'))
  expect(done.indexOf('halt')).toBeLessThan(done.indexOf('checkpoint'))
  expect(done.indexOf('checkpoint')).toBeLessThan(done.indexOf('store'))
  mia.leave()
  await server.stop()
})

test('[STOP-12] SIGTERM at any moment of a start ends it, and leaves no obstacle to the next one', async () => {
  const dataDir = newFolder()
  const log = pino({ level: 'silent' })
  for (const at of ['spawned', 'store opened', 'listening']) {
    const env = { ...process.env, npm_lifecycle_event: '', PORT: String(await freePort()), DATA_DIR: dataDir }
    const child = spawn(process.execPath, [MAIN], { env: { ...env, LOG_LEVEL: 'info' }, stdio: 'pipe' })
    let output = ''
    const exited = once(child, 'exit')
    const reached = new Promise<void>((resolve) => {
      child.once('spawn', () => {
        if (at === 'spawned') resolve()
      })
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes(at)) resolve()
      })
    })
    await Promise.race([reached, exited])
    child.kill('SIGTERM')
    const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null]
    // Before the program hears of signals there is nothing that it could save.
    expect([code, signal], output).toEqual(at === 'spawned' ? [null, 'SIGTERM'] : [0, null])
    if (at !== 'spawned') expect(output).toContain('"msg":"stopped"')
    await (await openStore({ dataDir, log })).close()
  }
})
