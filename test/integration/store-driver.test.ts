import { rm } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { Client } from '../support/clients.ts'

const dataDir = temporaryFolder()
afterAll(() => rm(dataDir, { recursive: true, force: true }))

test('[STORE-42] without the native part of better-sqlite3 the server runs on libsql, on the same data', async () => {
  const hook = new URL('../support/without-better-sqlite3.mjs', import.meta.url).href
  const driverOf = async (url: string) =>
    ((await (await fetch(`${url}/health`)).json()) as { store: { driver: string } }).store.driver
  let server = await startBuilt(dataDir, { NODE_OPTIONS: `--import=${hook}` })
  expect(await driverOf(server.url)).toContain('libsql')
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('digits')
  expect((await server.stop()).code).toBe(0)
  server = await startBuilt(dataDir)
  expect((await ada.again(server.url).join(project.id)).classes).toHaveLength(10)
  expect((await server.stop()).code).toBe(0)
})
