import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameKey, nameOf, tidyText } from '../../../shared/protocol/text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('names', () => {
  it('[CODEC-8] tidying is stable and leaves no control characters or stray spaces', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tidy = tidyText(text)
        expect(tidyText(tidy)).toBe(tidy)
        expect(tidy).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e\u200b]|^\s|\s$|\s\s/u)
      }),
      { seed: 10, numRuns: 2_000 },
    )
  })

  it('[CODEC-9] two spellings of a name have one key', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = nameKey(text)
        expect(nameKey(key)).toBe(key)
        expect(nameKey(`  ${text}\n`)).toBe(key)
        expect(nameKey(tidyText(text))).toBe(key)
      }),
      { seed: 11, numRuns: 2_000 },
    )
    expect(nameKey('CAFE\u0301')).toBe(nameKey('caf\u00e9'))
  })

  it('[CODEC-10] a name has 1 to its most characters after tidying; markup and joiners stay', () => {
    const schema = nameOf(5)
    expect(schema.parse('  a  b ')).toBe('a b')
    expect(schema.parse('<b>')).toBe('<b>')
    expect(schema.parse('\u0645\u200c\u06cc')).toBe('\u0645\u200c\u06cc')
    for (const wrong of ['', ' \n\u200b', 'abcdef', 'x'.repeat(10_000), 7, null]) {
      expect(schema.safeParse(wrong).success).toBe(false)
    }
  })

  it('[CODEC-10] a name that is only joiners is empty', () => {
    expect(nameOf(5).safeParse('\u200c\u200d').success).toBe(false)
  })
})
