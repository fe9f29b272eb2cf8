import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../../server/config.ts'

function faultsOf(environment: Record<string, string>, words: string[] = []): readonly string[] {
  try {
    readConfig(environment, words, () => {
      throw new Error('no such file')
    })
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('configuration', () => {
  test('[CONFIG-1] without any variable it serves this computer alone, on port 3000', () => {
    expect(readConfig({}, [])).toMatchObject({
      port: 3_000,
      host: '127.0.0.1',
      lan: false,
      mongodbUrl: null,
      sessionSecret: null,
      publicUrl: null,
      tls: null,
      backend: 'auto',
      logLevel: 'info',
    })
  })

  test('[CONFIG-1] the configuration is frozen', () => {
    expect(Object.isFrozen(readConfig({}, []))).toBe(true)
  })

  test('[CONFIG-2] all faults are listed together, each with its variable', () => {
    const faults = faultsOf(
      {
        PORT: '70000',
        SESSION_SECRET: 'short',
        PUBLIC_URL: 'ftp://x',
        TRAINBOARD_BACKEND: 'quantum',
        LOG_LEVEL: 'loud',
        TLS_CERT: '/cert.pem',
      },
      ['--fast'],
    )
    for (const name of [
      'PORT',
      'SESSION_SECRET',
      'PUBLIC_URL',
      'TRAINBOARD_BACKEND',
      'LOG_LEVEL',
      'TLS_KEY',
      '--fast',
    ])
      expect(faults.filter((fault) => fault.startsWith(`${name}:`))).toHaveLength(1)
    expect(faults).toHaveLength(7)
  })

  test('[BACKEND-20] every rung of the ladder can be forced by name; another name is a fault that lists them', () => {
    for (const backend of ['auto', 'tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'])
      expect(readConfig({ TRAINBOARD_BACKEND: backend }, []).backend).toBe(backend)
    expect(faultsOf({ TRAINBOARD_BACKEND: 'cuda' }, [])).toEqual([
      'TRAINBOARD_BACKEND: must be one of auto, tensorflow-gpu, tensorflow, webgpu, wasm, cpu',
    ])
  })

  test.each(['abc', '-1', '3000.5', '1e3'])('[CONFIG-2] the port %s is a fault', (PORT) => {
    expect(faultsOf({ PORT })).toHaveLength(1)
  })

  test('[CONFIG-3] --lan listens on all addresses', () => {
    expect(readConfig({}, ['--lan'])).toMatchObject({ host: '0.0.0.0', lan: true })
  })

  test('[CONFIG-3] --lan beside a HOST of its own is a fault', () => {
    expect(faultsOf({ HOST: '10.0.0.5' }, ['--lan'])).toEqual([expect.stringMatching(/^HOST: .*--lan/)])
  })

  test('[CONFIG-9] MNIST is looked for in the folder of --data, else in that of DATA_FOLDER, else nowhere', () => {
    expect(readConfig({}, []).dataFolder).toBeNull()
    expect(readConfig({ DATA_FOLDER: 'digits' }, []).dataFolder).toBe(resolve('digits'))
    const both = readConfig({ DATA_FOLDER: '/a' }, ['--data', '/b', '--lan'])
    expect(both).toMatchObject({ dataFolder: '/b', lan: true })
    expect(readConfig({}, ['--data=/b', '--lan'])).toMatchObject({ dataFolder: '/b', lan: true })
    for (const words of [['--data'], ['--data='], ['--data', ''], ['--data', '--lan'], ['--data=', '--lan']])
      expect(faultsOf({}, words)).toEqual(['--data: names no folder'])
  })

  test('[CONFIG-4] REDIS_URL is refused, saying why', () => {
    expect(faultsOf({ REDIS_URL: 'redis://y' })).toEqual([
      expect.stringMatching(/not supported in this version/),
    ])
  })

  test.each([
    'mongodb://127.0.0.1:27017',
    'mongodb://mongo/trainboard',
    'mongodb://me:p%40ss@a.example:27017,b.example:27018/board?replicaSet=rs0&authSource=admin',
    'mongodb+srv://me:secret@cluster.example/?retryWrites=true',
  ])('[CONFIG-7] the data is kept in the database of MONGODB_URL: %s', (MONGODB_URL) => {
    expect(readConfig({ MONGODB_URL }, []).mongodbUrl).toBe(MONGODB_URL)
  })

  test.each([
    'http://127.0.0.1:27017',
    'mongodb://',
    'mongodb:///name',
    'mongodb://me:secret@/name',
    'mongodb://me:secret@host:port/x',
    'mongodb://me:secret@host/two words',
    'mongodb://me:secret@host/a/b',
  ])('[CONFIG-7] a MONGODB_URL that is none is a fault, told without its password: %s', (MONGODB_URL) => {
    const faults = faultsOf({ MONGODB_URL })
    expect(faults).toEqual([expect.stringMatching(/^MONGODB_URL: must be an address like/)])
    expect(faults.join()).not.toContain('secret')
  })

  test('[CONFIG-8] predictions are kept for 30 days, or as long as KEEP_PREDICTIONS_DAYS says', () => {
    expect(readConfig({}, []).keepPredictionsDays).toBe(30)
    expect(readConfig({ KEEP_PREDICTIONS_DAYS: '0' }, []).keepPredictionsDays).toBe(0)
    expect(faultsOf({ KEEP_PREDICTIONS_DAYS: '3651' })).toEqual([
      'KEEP_PREDICTIONS_DAYS: must be from 0 to 3650',
    ])
  })

  test('[CONFIG-5] an empty variable counts as unset', () => {
    expect(readConfig({ PORT: '', MONGODB_URL: '', SESSION_SECRET: '' }, [])).toMatchObject({ port: 3_000 })
  })

  test('[CONFIG-6] a certificate that cannot be read is a fault', () => {
    expect(faultsOf({ TLS_CERT: '/c', TLS_KEY: '/k' })).toEqual([
      'TLS_CERT: cannot be read: no such file',
      'TLS_KEY: cannot be read: no such file',
    ])
  })
})
