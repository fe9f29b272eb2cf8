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

  test.each(['abc', '-1', '3000.5', '1e3'])('[CONFIG-2] the port %s is a fault', (PORT) => {
    expect(faultsOf({ PORT })).toHaveLength(1)
  })

  test('[CONFIG-3] --lan listens on all addresses', () => {
    expect(readConfig({}, ['--lan'])).toMatchObject({ host: '0.0.0.0', lan: true })
  })

  test('[CONFIG-3] --lan beside a HOST of its own is a fault', () => {
    expect(faultsOf({ HOST: '10.0.0.5' }, ['--lan'])).toEqual([expect.stringMatching(/^HOST: .*--lan/)])
  })

  test.each(['MONGODB_URL', 'REDIS_URL'])('[CONFIG-4] %s is refused, saying why', (name) => {
    expect(faultsOf({ [name]: 'x://y' })).toEqual([expect.stringMatching(/not supported in this version/)])
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
