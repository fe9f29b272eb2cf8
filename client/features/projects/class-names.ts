import { nameKey, tidyText } from '../../../shared/protocol/text.ts'

export type ClassNamesFault = { readonly kind: 'too-few' } | { readonly kind: 'twice'; readonly name: string }

const LEAST = 2

/** The class names of a new room as typed: tidied, empty ones left out; a fault where they cannot be told apart. */
export function readClassNames(typed: readonly string[]): { names: string[]; fault: ClassNamesFault | null } {
  const names = typed.map(tidyText).filter((name) => name !== '')
  const seen = new Set<string>()
  for (const name of names) {
    const key = nameKey(name)
    if (seen.has(key)) return { names, fault: { kind: 'twice', name } }
    seen.add(key)
  }
  return { names, fault: names.length < LEAST ? { kind: 'too-few' } : null }
}

/** Pasted text as class names: one a line, or parted by commas. */
export function splitClassNames(text: string): string[] {
  return text
    .split(/[\n,;\t]+/u)
    .map(tidyText)
    .filter((name) => name !== '')
}
