import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findMnist } from '../../../server/learning/starter/find-mnist.ts'
import { IdxError } from '../../../server/learning/starter/idx.ts'

const IMAGES = 'train-images-idx3-ubyte'
const LABELS = 'train-labels-idx1-ubyte'
const TEST_IMAGES = 't10k-images-idx3-ubyte'
const TEST_LABELS = 't10k-labels-idx1-ubyte'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mnist-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function idx(shape: readonly number[], cut = 0): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x08_00 + shape.length)
  for (const [axis, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * axis)
  const values = shape.reduce((product, side) => product * side, 1)
  return Buffer.concat([header, Buffer.alloc(values - cut)])
}

function writeTestDigits(to: string): void {
  writeFileSync(join(to, TEST_IMAGES), idx([2, 28, 28]))
  writeFileSync(join(to, TEST_LABELS), idx([2]))
}

async function refusal(): Promise<string> {
  const error: unknown = await findMnist(folder).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(IdxError)
  return error instanceof Error ? error.message : ''
}

describe('findMnist', () => {
  test('[CONFIG-9] finds the four files in the folder itself or in mnist below it, gzipped or not', async () => {
    mkdirSync(join(folder, 'mnist'))
    writeFileSync(join(folder, 'mnist', `${IMAGES}.gz`), gzipSync(idx([3, 28, 28])))
    writeFileSync(join(folder, 'mnist', LABELS), idx([3]))
    writeTestDigits(join(folder, 'mnist'))
    expect(await findMnist(folder)).toBe(join(folder, 'mnist'))
    writeFileSync(join(folder, IMAGES), idx([3, 28, 28]))
    writeFileSync(join(folder, LABELS), idx([3]))
    writeTestDigits(folder)
    expect(await findMnist(folder)).toBe(folder)
  })

  test('[CONFIG-9] says what is missing or wrong', async () => {
    expect(await refusal()).toContain(`neither ${folder} nor ${join(folder, 'mnist')} holds ${IMAGES}`)
    writeFileSync(join(folder, IMAGES), idx([3, 28, 28]))
    expect(await refusal()).toContain(`${join(folder, LABELS)} is missing`)
    writeFileSync(join(folder, LABELS), idx([4]))
    expect(await refusal()).toContain('3 images of train but 4 labels')
    writeFileSync(join(folder, LABELS), idx([3]))
    expect(await refusal()).toContain(`${join(folder, TEST_IMAGES)} is missing`)
    writeTestDigits(folder)
    writeFileSync(join(folder, TEST_LABELS), idx([1]))
    expect(await refusal()).toContain('2 images of t10k but 1 labels')
    writeFileSync(join(folder, LABELS), idx([3], 1))
    expect(await refusal()).toContain('10 bytes instead of 11')
    writeFileSync(join(folder, LABELS), idx([3, 1]))
    expect(await refusal()).toContain('is no IDX file of unsigned bytes with 1 dimensions')
    writeFileSync(join(folder, IMAGES), idx([3, 20, 28]))
    expect(await refusal()).toContain('images of 20 x 28, not 28 x 28')
    writeFileSync(join(folder, IMAGES), 'no digits')
    expect(await refusal()).toContain('is cut short')
    rmSync(join(folder, IMAGES))
    writeFileSync(join(folder, `${IMAGES}.gz`), 'no digits either')
    expect(await refusal()).toContain(`${IMAGES}.gz cannot be read`)
  })

  test('[CONFIG-9] a folder that is not there is told as one without digits', async () => {
    rmSync(folder, { recursive: true })
    expect(await refusal()).toContain('neither')
    mkdirSync(folder)
  })
})
