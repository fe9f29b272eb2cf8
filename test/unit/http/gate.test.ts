import { describe, expect, test } from 'vitest'
import { createGate } from '../../../server/http/gate.ts'

const gate = createGate({
  publicUrl: new URL('https://draw.example'),
  host: '127.0.0.1',
  clock: { now: () => 1 },
  addresses: () => ['192.168.1.7', 'fd00::7'],
})

describe('host names', () => {
  test.each([
    'localhost:3000',
    '127.0.0.1:3000',
    '127.8.9.1',
    '[::1]:3000',
    '192.168.1.7:3000',
    '[fd00::7]:3000',
    'draw.example',
  ])('[HTTP-1] %s is this server', (host) => {
    expect(gate.allowsHost(host)).toBe(true)
  })

  test.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '192.168.1.8',
    'a@localhost',
    'localhost/x',
    'local host',
  ])('[HTTP-1] %s is not', (host) => {
    expect(gate.allowsHost(host)).toBe(false)
  })
})

describe('origins', () => {
  const from = (origin: string | undefined, host = '192.168.1.7:3000'): boolean =>
    gate.allowsOrigin({ headers: { host, ...(origin === undefined ? {} : { origin }) } })

  test('[HTTP-2] a page of the very host, or of PUBLIC_URL, is ours', () => {
    expect(from('http://192.168.1.7:3000')).toBe(true)
    expect(from('https://draw.example')).toBe(true)
    expect(from('http://localhost', 'localhost:80')).toBe(true)
  })

  test('[HTTP-2] no origin is no browser', () => {
    expect(from(undefined)).toBe(true)
  })

  test.each(['http://evil.example', 'http://192.168.1.7:5173', 'null', 'http://draw.example', 'file://', ''])(
    '[HTTP-2] %s is a foreign page',
    (origin) => {
      expect(from(origin)).toBe(false)
    },
  )
})
