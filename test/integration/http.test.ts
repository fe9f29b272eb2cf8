import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { ask, type Asked } from '../support/http.ts'

let server: TestApp
const get = (path: string, asked: Asked = {}) => ask(`${server.url}${path}`, asked)

beforeAll(async () => {
  const clientFolder = temporaryFolder()
  await mkdir(join(clientFolder, 'assets'))
  await writeFile(join(clientFolder, 'index.html'), '<!doctype html><title>Page</title>')
  await writeFile(join(clientFolder, 'assets/app-abc123.js'), 'export {}')
  server = await startApp({
    clientFolder,
    config: { metricsToken: 'm'.repeat(20), publicUrl: new URL('https://draw.example') },
  })
})
afterAll(async () => {
  await server.end()
})

describe('headers', () => {
  test('[HTTP-5] the content policy allows no inline script, and wasm', async () => {
    const { headers } = await get('/', { headers: { accept: 'text/html' } })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy).not.toContain('unsafe-inline')
    expect(policy).toContain(`ws://127.0.0.1:${String(server.app.port)}`)
    expect(policy).not.toContain('upgrade-insecure-requests')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['strict-transport-security']).toBeUndefined()
  })
})

describe('the page', () => {
  test('[HTTP-6] navigations get the page, asked for anew each time', async () => {
    for (const path of ['/', '/room/abc']) {
      const { status, text, headers } = await get(path, { headers: { accept: 'text/html' } })
      expect([status, text, headers['cache-control']]).toEqual([
        200,
        expect.stringContaining('Page'),
        'no-cache',
      ])
    }
  })

  test('[HTTP-6] hashed assets are kept for a year', async () => {
    const { status, headers } = await get('/assets/app-abc123.js')
    expect(status).toBe(200)
    expect(headers['cache-control']).toContain('immutable')
  })

  test.each(['/api/v1/nothing', '/assets/gone.js', '/nothing.js', '/..%2f..%2fpackage.json'])(
    '[HTTP-7] %s is a problem, never the page',
    async (path) => {
      const accept = path.startsWith('/api') || path.startsWith('/assets') ? 'text/html' : '*/*'
      const { status, json } = await get(path, { headers: { accept } })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(json).toMatchObject({ status })
    },
  )
})

describe('how the server is', () => {
  test('[HTTP-8] /health names version, uptime, backend, training and store', async () => {
    const { json } = await get('/health')
    expect(json).toMatchObject({
      status: 'ok',
      version: expect.any(String) as string,
      uptimeSeconds: expect.any(Number) as number,
      backend: expect.any(String) as string,
      training: { queue: 0, jobsWaiting: 0, jobsRunning: 0, stepsPerSecond: 0, samplesPerSecond: 0 },
      store: { driver: expect.any(String) as string, durability: expect.any(String) as string },
    })
  })

  test('[HTTP-4] /ready says so', async () => {
    expect(await get('/ready')).toMatchObject({ status: 200, json: { ready: true } })
  })

  test('[HTTP-9] metrics are for this computer', async () => {
    const { status, text } = await get('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('trainboard_people')
    expect(text).toMatch(/^trainboard_backend\{name="[a-z-]+"\} 1$/m)
    for (const name of ['steps_per_second', 'samples_per_second', 'queue', 'jobs_waiting', 'jobs_running'])
      expect(text).toMatch(new RegExp(`^trainboard_training_${name} 0$`, 'm'))
    for (const name of ['tensors', 'backend_bytes'])
      expect(text).toMatch(new RegExp(`^trainboard_training_${name} (\\d|Nan)`, 'm'))
  })

  test.each([
    ['through a proxy', { 'x-forwarded-for': '8.8.8.8' }],
    ['under the public name', { host: 'draw.example' }],
    ['with a wrong token', { host: 'draw.example', authorization: 'Bearer wrong' }],
  ])('[HTTP-9] %s there are none', async (_how, headers) => {
    expect((await get('/metrics', { headers })).json).toMatchObject({ code: 'forbidden' })
  })

  test('[HTTP-9] with the token they are for everybody', async () => {
    const headers = { host: 'draw.example', authorization: `Bearer ${'m'.repeat(20)}` }
    expect((await get('/metrics', { headers })).status).toBe(200)
  })

  test('[HTTP-10] /server tells version, protocol and addresses', async () => {
    const { json } = await get('/api/v1/server')
    expect(json).toMatchObject({ protocol: PROTOCOL_VERSION, addresses: ['https://draw.example'] })
  })
})

describe('names and pages', () => {
  test('[HTTP-1] a foreign host name is refused', async () => {
    expect((await get('/api/v1/server', { headers: { host: 'evil.example' } })).json).toMatchObject({
      code: 'forbidden',
    })
  })

  test('[HTTP-2] a foreign page changes nothing', async () => {
    const asked = { method: 'POST', body: { name: 'x' }, headers: { origin: 'http://evil.example' } }
    expect((await get('/api/v1/session', asked)).json).toMatchObject({ code: 'forbidden' })
  })

  test('[HTTP-2] our own page may', async () => {
    const asked = { method: 'POST', body: { name: 'x' }, headers: { origin: server.url } }
    expect((await get('/api/v1/session', asked)).status).toBe(200)
  })

  const upgrade = (
    path: string,
    options: { origin?: string; headers?: Record<string, string> } = {},
  ): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, options)
      socket.on('open', () => {
        resolve('open')
        socket.terminate()
      })
      socket.on('error', (error) => {
        resolve(error.message)
      })
    })

  test('[HTTP-11] upgrades elsewhere than Socket.IO and canvases end at once', async () => {
    expect(await upgrade('/elsewhere')).toContain('404')
  })

  test('[HTTP-11] upgrades from a foreign page or to a foreign name are refused', async () => {
    for (const path of ['/sync/a/b', '/socket.io/?EIO=4&transport=websocket']) {
      expect(await upgrade(path, { origin: 'http://evil.example' })).toMatch(/40[03]/)
      expect(await upgrade(path, { headers: { host: 'evil.example' } })).toMatch(/40[03]/)
    }
  })

  test('[HTTP-11] Socket.IO connects from our page, by either transport', async () => {
    for (const transport of ['websocket', 'polling']) {
      const socket: Socket = io(server.url, {
        transports: [transport],
        extraHeaders: { origin: server.url },
        forceNew: true,
      })
      await new Promise<void>((resolve, reject) => {
        socket.on('connect', resolve)
        socket.on('connect_error', reject)
      })
      socket.disconnect()
    }
  })
})
