import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../../server/ops/digest.ts'

function patternOf(length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => index % 251)
}

const plain = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test.each([0, 1, 128 * 1024, 1_000_003])('[CKPT-18] %d bytes have their SHA-256', async (length) => {
  const bytes = patternOf(length)
  expect(await sha256(bytes)).toBe(plain(bytes))
})

test('[CKPT-18] others have their turns while many bytes are summed', async () => {
  const bytes = patternOf(32_000_000)
  let turns = 0
  const others = setInterval(() => turns++, 0)
  await sha256(bytes)
  clearInterval(others)
  expect(turns).toBeGreaterThan(0)
})
