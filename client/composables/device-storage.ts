const memory = new Map<string, string>()

/**
 * What this device remembers between visits. Where the browser forbids it (private windows, blocked site data) it
 * lasts as long as the page.
 */
export function readKept(key: string): string | null {
  try {
    return window.localStorage.getItem(key) ?? memory.get(key) ?? null
  } catch {
    return memory.get(key) ?? null
  }
}

/** Keeps `value` under `key`, or forgets it when null. */
export function keep(key: string, value: string | null): void {
  if (value === null) memory.delete(key)
  else memory.set(key, value)
  try {
    if (value === null) window.localStorage.removeItem(key)
    else window.localStorage.setItem(key, value)
  } catch {
    // A full or forbidden storage leaves the copy in memory.
  }
}
