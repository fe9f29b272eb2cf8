import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { IdxError, readIdx } from '../../../server/learning/starter/idx.ts'

const folder = mkdtempSync(join(tmpdir(), 'idx-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const header = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]
const whole = Uint8Array.from([...header, 1, 2, 3, 4, 5, 6])

describe('readIdx', () => {
  it('[STARTER-2] reads raw and gzipped files alike', () => {
    writeFileSync(join(folder, 'raw'), whole)
    writeFileSync(join(folder, 'packed.gz'), gzipSync(whole))
    for (const name of ['raw', 'packed']) {
      const { shape, values } = readIdx(folder, name, 2)
      expect(shape).toEqual([2, 3])
      expect([...values]).toEqual([1, 2, 3, 4, 5, 6])
    }
  })

  it.each([
    ['short', whole.subarray(0, -1), 'is cut short: 5 of 6 values (2 x 3)'],
    ['header', whole.subarray(0, 9), 'is cut short: 9 bytes, its header alone has 12'],
    ['empty', new Uint8Array(0), 'is cut short: 0 bytes'],
    ['long', Uint8Array.from([...whole, 7]), 'is too long: 7 values instead of 6'],
    ['text', new TextEncoder().encode('these are no digits'), 'is no IDX file of unsigned bytes'],
    ['rank', Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0]), 'has 1 dimensions, not 2'],
    ['torn.gz', gzipSync(whole).subarray(0, 20), 'cannot be read'],
  ])('[STARTER-3] names the file and what is wrong with it: %s', (name, bytes, message) => {
    writeFileSync(join(folder, name), bytes)
    const read = (): unknown => readIdx(folder, name.replace('.gz', ''), 2)
    expect(read).toThrow(IdxError)
    expect(read).toThrow(join(folder, name))
    expect(read).toThrow(message)
  })

  it('[STARTER-3] says which file is missing', () => {
    expect(() => readIdx(folder, 'nowhere', 2)).toThrow(`${join(folder, 'nowhere')} is missing`)
  })
})
