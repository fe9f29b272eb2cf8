import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idSchema } from '../../../shared/protocol/entities.ts'
import { CODE_ALPHABET, newCode, newId, randomText } from '../../../shared/ids/id.ts'

describe('identifiers', () => {
  it('[CODEC-11] ids fit their schema and do not repeat', () => {
    const ids = Array.from({ length: 5_000 }, newId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => idSchema.safeParse(id).success)).toBe(true)
  })

  it('[CODEC-12] codes have six letters, none of which looks like another', () => {
    for (let i = 0; i < 500; i++) expect(newCode()).toMatch(/^[ACDEFGHJKMNPQRTWXY]{6}$/)
    expect(CODE_ALPHABET).not.toMatch(/[01OIL5S2Z8BUV]/)
  })

  it('[CODEC-12] random text has the length and the letters asked for, each about as often', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 200 }),
        fc.uniqueArray(fc.constantFrom(...Array.from('abcdefghij')), { minLength: 1 }),
        (length, letters) => {
          const text = randomText(letters.join(''), length)
          expect(text).toHaveLength(length)
          expect(Array.from(text).every((letter) => letters.includes(letter))).toBe(true)
        },
      ),
      { seed: 12 },
    )
    const counts = new Map<string, number>()
    for (const letter of randomText(CODE_ALPHABET, 36_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    for (const letter of CODE_ALPHABET) {
      expect(counts.get(letter)).toBeGreaterThan(1_700)
      expect(counts.get(letter)).toBeLessThan(2_300)
    }
  })
})
