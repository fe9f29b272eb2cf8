import * as z from 'zod/mini'

// The joiners U+200C and U+200D stay inside a text: Persian, Hindi and emoji need them.
const JOINERS_OUTSIDE = /^[\s\u200c\u200d]+|[\s\u200c\u200d]+$/gu
const CONTROL = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text as people meant it: composed, no control or invisible characters, single spaces, trimmed. */
export function tidyText(text: string): string {
  return text.normalize('NFC').replace(CONTROL, ' ').replace(/\s+/gu, ' ').replace(JOINERS_OUTSIDE, '')
}

/** A schema for a short name of 1 to `most` characters after tidying. Markup is kept as the plain text it is. */
export function nameOf(most: number) {
  return z.pipe(
    z.pipe(
      z.string().check(z.maxLength(most * 8, `at most ${String(most)} characters`)),
      z.transform(tidyText),
    ),
    z
      .string()
      .check(z.minLength(1, 'must not be empty'), z.maxLength(most, `at most ${String(most)} characters`)),
  )
}

/** The form under which two names count as the same. */
export function nameKey(name: string): string {
  return tidyText(name).toLocaleLowerCase('en')
}
