import type { ClassInfo } from '../../../shared/protocol/entities.ts'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const

/**
 * The number key of each class, by class id. A class whose name is a digit has that key, so that 3 always means
 * 'three'; of the others the first ten have the key of their number, where it is free.
 */
export function chipKeys(classes: readonly ClassInfo[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const { id, name } of classes) if (/^\d$/.test(name) && !taken.has(name)) taken.set(name, id)
  for (const { id, number, name } of classes) {
    const key = KEYS[number - 1]
    if (key !== undefined && !taken.has(key) && taken.get(name) !== id) taken.set(key, id)
  }
  return new Map([...taken].map(([key, id]) => [id, key]))
}

/** The class that a key press means, null for none. */
export function classOfKey(key: string, keys: ReadonlyMap<string, string>): string | null {
  for (const [id, own] of keys) if (own === key) return id
  return null
}

/** The keys for 'x to y another pile', in the order of the classes; null without any. */
export function keySpan(
  classes: readonly ClassInfo[],
  keys: ReadonlyMap<string, string>,
): { readonly first: string; readonly last: string } | null {
  const used = classes.flatMap(({ id }) => keys.get(id) ?? [])
  const first = used[0]
  const last = used.at(-1)
  return first !== undefined && last !== undefined ? { first, last } : null
}
