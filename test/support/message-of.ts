/** The message under a key like `settings.when.label` in an object of messages; null where there is none. */
export function messageOf(messages: object, key: string): string | null {
  let found: unknown = messages
  for (const part of key.split('.')) {
    if (typeof found !== 'object' || found === null) return null
    found = new Map<string, unknown>(Object.entries(found)).get(part)
  }
  return typeof found === 'string' ? found : null
}
